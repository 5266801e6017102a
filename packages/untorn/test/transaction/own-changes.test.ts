import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { transaction, transactionSync } from "../../src/index.ts";
import { folder } from "../atomic/support/places.ts";

test("edits of one file that overlap within a transaction are all made", async (t) => {
  const root = folder(t);
  writeFileSync(join(root, "a.json"), '{"n": 0}');
  for (const slow of [false, true]) {
    await transaction(root, async (tx) => {
      const edits = ["1", "2", "3"].flatMap((each) => [
        tx.edit("a.txt", async (text = "") => {
          if (slow) await sleep(5);
          return text + each;
        }),
        tx.json<{ n: number }>("a.json", async (value) => {
          if (slow) await sleep(5);
          return { n: (value?.n ?? 0) + 1 };
        }),
      ]);
      await Promise.all(edits);
    });
  }
  assert.equal(readFileSync(join(root, "a.txt"), "utf8").split("").toSorted().join(""), "112233");
  assert.equal(readFileSync(join(root, "a.json"), "utf8"), '{"n": 6}');
});

test("an edit whose function changes the file itself is refused, and nothing is changed", async (t) => {
  const root = folder(t);
  writeFileSync(join(root, "a.txt"), "old");
  const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged", message: /must not change its own file/ };
  await assert.rejects(
    transaction(root, async (tx) => {
      await tx.edit("a.txt", async (text) => {
        await tx.write("a.txt", "inner");
        return `${text}, outer`;
      });
    }),
    refused,
  );
  const nested = (): unknown =>
    transactionSync(root, (tx) =>
      tx.edit("a.txt", (text) => {
        tx.write("a.txt", "inner");
        return `${text}, outer`;
      }),
    );
  assert.throws(nested, refused);
  assert.equal(readFileSync(join(root, "a.txt"), "utf8"), "old");
});

test("a private file stays private whatever a transaction does with it next", (t) => {
  const root = folder(t);
  for (const name of ["a", "b", "c.json", "d"]) {
    writeFileSync(join(root, name), "0");
    chmodSync(join(root, name), 0o600);
  }
  transactionSync(root, (tx) => {
    for (const name of ["a", "b", "c.json"]) tx.rename(name, `new/${name}`);
    tx.edit("new/a", (text) => `${text}1`);
    tx.write("new/b", "1");
    tx.json("new/c.json", () => 1);
    tx.remove("d");
    tx.write("d", "1");
    for (const [name, change] of [
      ["e", () => tx.write("e", "1")],
      ["f", () => tx.edit("f", (text) => `${text}1`)],
      ["g", () => tx.rename("g", "new/g")],
    ] as const) {
      tx.write(name, "0", { mode: 0o600 });
      change();
    }
    tx.write("open", "0", { mode: 0o600 });
    tx.write("open", "1", { mode: 0o644 });
  });
  const mode = (name: string): string => (statSync(join(root, name)).mode & 0o777).toString(8);
  for (const name of ["new/a", "new/b", "new/c.json", "d", "e", "f", "new/g"]) assert.equal(mode(name), "600", name);
  assert.equal(mode("open"), "644");
});
