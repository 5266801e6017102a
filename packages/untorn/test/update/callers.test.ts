import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { updateFrontmatter, updateFrontmatterSync } from "../../src/frontmatter.ts";
import { transaction, updateFile, updateFileSync, withLock, writeFile } from "../../src/index.ts";
import { formatJson, updateJson, updateJsonSync } from "../../src/json.ts";
import type { StandardSchema } from "../../src/index.ts";
import { openStore } from "../../src/store.ts";
import { folder } from "../atomic/support/places.ts";

test("a conflict of the caller's own function is the caller's, and the function is not run again", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  let runs = 0;
  const call = updateFile(path, async () => {
    runs += 1;
    await writeFile(path, "x", { ifAbsent: true });
    return "new";
  });
  await assert.rejects(call, { code: "UNTORN_EXISTS" });
  assert.deepEqual([runs, readFileSync(path, "utf8")], [1, "old"]);
});

test("a schema that is a function is asked as a schema", async (t) => {
  const path = join(folder(t), "file.json");
  writeFileSync(path, '{"n":1}');
  const validate = (value: unknown) =>
    typeof (value as { n?: unknown }).n === "number" ? { value } : { issues: [{ message: "n must be a number" }] };
  // As arktype's: called, it returns its complaints, and does not throw them.
  const schema = Object.assign((value: unknown) => validate(value), {
    "~standard": { version: 1 as const, vendor: "test", validate },
  }) as unknown as StandardSchema;
  const call = updateJson(path, () => ({ n: "x" }), { validate: schema });
  await assert.rejects(call, { code: "UNTORN_INVALID", message: /n must be a number/ });
  await updateJson(path, () => ({ n: 2 }), { validate: schema });
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { n: 2 });
});

test("what is no function is refused before anything is touched", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  // oxlint-disable-next-line typescript/no-explicit-any -- as JavaScript calls it
  const none = {} as any;
  const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged" };
  await assert.rejects(updateFile(path, none), refused);
  await assert.rejects(updateJson(path, none), refused);
  await assert.rejects(updateFrontmatter(path, none), refused);
  await assert.rejects(withLock(path, {}, none), refused);
  assert.throws(() => updateJsonSync(path, none), refused);
  assert.throws(() => updateFrontmatterSync(path, none), refused);
});

test("a promise of another library or realm is waited for", async (t) => {
  const path = join(folder(t), "file.json");
  writeFileSync(path, "{}\n");
  const later = <T>(value: T): Promise<T> => runInNewContext("(value) => Promise.resolve(value)")(value) as Promise<T>;
  await updateJson(path, () => later({ n: 1 }));
  await updateFile(path, (text) => later(`${text} `), { validate: () => later(true) });
  assert.equal(readFileSync(path, "utf8"), '{\n  "n": 1\n}\n ');
  await assert.rejects(
    updateFile(path, () => "x", { validate: () => later("no") }),
    { code: "UNTORN_INVALID" },
  );
  assert.throws(() => updateFileSync(path, () => later("x") as unknown as string), { code: "UNTORN_INVALID_ARGUMENT" });
  const tx = transaction(join(path, ".."), (tx) => tx.edit("file.json", () => later("in the transaction")));
  await tx;
  assert.equal(readFileSync(path, "utf8"), "in the transaction");
});

test("what a validator throws is its answer, whatever it is", async (t) => {
  const path = join(folder(t), "file.json");
  const validate = (): void => void formatJson(Number.NaN);
  await assert.rejects(
    updateFile(path, () => "x", { validate }),
    { code: "UNTORN_INVALID", path },
  );
});

test("half of a surrogate pair is refused, not replaced, in a transaction and a store as well", async (t) => {
  const place = folder(t);
  const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged" };
  await assert.rejects(
    transaction(place, (tx) => tx.edit("a", () => "\ud800")),
    refused,
  );
  const store = await openStore(place);
  await assert.rejects(store.commit([{ key: "a", put: "\ud800" }]), refused);
  await store.close();
  assert.equal(existsSync(join(place, "a")), false);
});
