// What must hold on every filesystem, whatever it lacks: nothing is torn, and receipts and errors tell the truth.
import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { appendLine, readLines } from "../../src/jsonl.ts";
import {
  history,
  isUntornError,
  lock,
  readFile,
  recover,
  renameFile,
  scan,
  transaction,
  updateFile,
  writeFile,
  writeFileSync as untornSync,
} from "../../src/index.ts";
import { openStore } from "../../src/store.ts";
import { ignoresCase, place, strangers } from "./place.ts";

const refusedHere = (error: unknown): boolean => isUntornError(error) && error.code === "UNTORN_UNSUPPORTED";

test("a file is written, replaced, and its receipt says what was synced and kept", async (t) => {
  const folder = place(t);
  const path = join(folder, "state.json");
  assert.equal((await writeFile(path, '{"v":1}')).created, true);
  for (const mode of [0o600, 0o640, 0o755]) {
    chmodSync(path, mode);
    const before = statSync(path).mode & 0o7777;
    const receipt = await writeFile(path, `{"v":${mode}}`);
    assert.equal(readFileSync(path, "utf8"), `{"v":${mode}}`);
    assert.ok(["synced", "unsupported"].includes(receipt.synced.file));
    if (receipt.synced.directory === "unsupported") assert.ok(receipt.notes.length > 0, "it does not say why");
    const kept = (statSync(path).mode & 0o7777) === before;
    assert.equal(kept, !receipt.metadata.lost.some((line) => line.startsWith("mode")), String(receipt.metadata.lost));
  }
  untornSync(path, "last");
  assert.equal((await readFile(path, { encoding: "utf8" })).data, "last");
  assert.deepEqual(strangers(folder, ["state.json"]), []);
});

test("a mode that is asked for is the file's, or nothing was written", async (t) => {
  const path = join(place(t), "secret");
  writeFileSync(path, "old");
  try {
    await writeFile(path, "new", { mode: 0o600 });
    assert.equal(statSync(path).mode & 0o777, 0o600);
  } catch (error) {
    assert.ok(refusedHere(error), String(error));
    assert.equal(readFileSync(path, "utf8"), "old");
  }
});

test("a reader that has the file open goes on reading the old content, and the new one arrives", async (t) => {
  const folder = place(t);
  const path = join(folder, "state");
  writeFileSync(path, "old");
  const reader = openSync(path, "r");
  // Windows replaces nothing that is open: the write waits until the reader has gone.
  const closed = sleep(400).then(() => {
    const bytes = Buffer.alloc(10);
    const text = bytes.toString("utf8", 0, readSync(reader, bytes, 0, 10, 0));
    closeSync(reader);
    return text;
  });
  const receipt = await writeFile(path, "new content");
  assert.equal(await closed, "old");
  assert.equal(readFileSync(path, "utf8"), "new content");
  if (process.platform === "win32") assert.ok(receipt.attempts > 1, "a replace over an open file passed at once");
  assert.deepEqual(strangers(folder, ["state"]), []);
});

test("ifAbsent creates, never replaces, and is refused where that cannot be kept", async (t) => {
  const folder = place(t);
  const path = join(folder, "once");
  let links = true;
  try {
    await writeFile(path, "first", { ifAbsent: true });
  } catch (error) {
    assert.ok(refusedHere(error), String(error));
    links = false;
    writeFileSync(path, "first");
  }
  await assert.rejects(writeFile(path, "second", { ifAbsent: true }), {
    code: links ? "UNTORN_EXISTS" : /EXISTS|UNSUPPORTED/,
  });
  assert.equal(readFileSync(path, "utf8"), "first");
  assert.deepEqual(strangers(folder, ["once"]), []);
});

test("a rename replaces, and one that only changes the case is not reported if it did nothing", async (t) => {
  const folder = place(t);
  writeFileSync(join(folder, "a"), "a");
  writeFileSync(join(folder, "b"), "b");
  await renameFile(join(folder, "a"), join(folder, "b"));
  assert.equal(readFileSync(join(folder, "b"), "utf8"), "a");
  assert.deepEqual(readdirSync(folder), ["b"]);
  const receipt = await renameFile(join(folder, "b"), join(folder, "B"));
  assert.equal(readFileSync(join(folder, "B"), "utf8"), "a");
  assert.deepEqual(readdirSync(folder), [receipt.changed ? "B" : "b"]);
});

test("where case does not count, both spellings have one lock and one file", async (t) => {
  const folder = place(t);
  const same = ignoresCase(folder);
  writeFileSync(join(folder, "State.json"), "{}");
  const held = await lock(join(folder, "State.json"));
  try {
    const other = lock(join(folder, "STATE.JSON"), { timeoutMs: 50 });
    if (same) await assert.rejects(other, { code: "UNTORN_LOCKED" });
    else await (await other).release();
  } finally {
    await held.release();
  }
  await Promise.all(
    ["State.json", "STATE.JSON"].map((name) => updateFile(join(folder, name), (text = "") => `${text}.`)),
  );
  const texts = strangers(folder, [".untorn"])
    .filter((name) => !name.endsWith(".lock"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
  assert.deepEqual(texts, same ? ["{}.."] : [".", "{}."]);
});

test("a transaction changes its files together, also two spellings of one name", async (t) => {
  const folder = place(t);
  const same = ignoresCase(folder);
  mkdirSync(join(folder, "deep"));
  for (const name of ["a.txt", "b.txt", "deep/c.txt"]) writeFileSync(join(folder, name), "old");
  await transaction(folder, async (tx) => {
    for (const name of ["a.txt", "b.txt", "deep/c.txt", "new.txt"]) await tx.write(name, "new");
    await tx.remove("b.txt");
  });
  assert.deepEqual(strangers(folder, ["a.txt", "deep", "new.txt", ".untorn"]), []);
  assert.equal(readFileSync(join(folder, "deep/c.txt"), "utf8"), "new");
  try {
    await transaction(folder, async (tx) => {
      await tx.write("a.txt", "one");
      await tx.write("A.TXT", "two");
    });
    assert.equal(readFileSync(join(folder, "A.TXT"), "utf8"), "two");
  } catch (error) {
    assert.ok(same && isUntornError(error), String(error));
    assert.equal(error.outcome, "unchanged", error.message);
    assert.equal(readFileSync(join(folder, "a.txt"), "utf8"), "new");
  }
  assert.deepEqual((await scan(folder)).findings, []);
});

test("logs, generations and a store work", async (t) => {
  const folder = place(t);
  for (let n = 0; n < 3; n += 1) {
    await appendLine(join(folder, "log.jsonl"), { n });
    await writeFile(join(folder, "doc.json"), `{"n":${n}}`, { generations: 2 });
  }
  let lines = 0;
  for await (const line of readLines(join(folder, "log.jsonl"))) lines += line.ok ? 1 : 0;
  assert.equal(lines, 3);
  assert.equal((await history(join(folder, "doc.json"))).generations.length, 2);
  mkdirSync(join(folder, "store"));
  const store = await openStore(join(folder, "store"));
  try {
    await store.commit([{ key: "a/b.json", put: '"x"' }]);
    assert.equal(Buffer.from((await store.get("a/b.json"))?.bytes ?? []).toString(), '"x"');
  } finally {
    await store.close();
  }
  const { findings } = await scan(folder);
  assert.deepEqual(findings, []);
  assert.equal((await recover(folder, { apply: true })).actions.length, 0);
});

const names = [
  "con.json",
  "NUL",
  "aux.txt",
  "com1",
  "with space. json",
  "ends.",
  "ünïcode-😀.json",
  "e\u0301.json",
  "-rf",
  "$(x)",
  `${"n".repeat(240)}.json`,
];

test("a name that the filesystem takes holds what was written; one that it does not take leaves nothing", async (t) => {
  const folder = place(t);
  for (const name of names) {
    const path = join(folder, name);
    try {
      await writeFile(path, `in ${name}`);
      assert.equal(readFileSync(path, "utf8"), `in ${name}`);
      assert.equal(await updateFile(path, (text = "") => `${text}!`).then(({ value }) => value), `in ${name}!`);
    } catch (error) {
      assert.ok(isUntornError(error) && error.outcome === "unchanged", `${name}: ${String(error)}`);
      assert.deepEqual(readdirSync(folder), [], `${name} left something`);
    }
    for (const left of readdirSync(folder)) {
      assert.equal(left.startsWith("."), false, `${name}: ${left}`);
      await renameFile(join(folder, left), join(folder, "gone"));
    }
    const gone = readdirSync(folder);
    assert.ok(gone.length <= 1 && gone.every((left) => left === "gone"), String(gone));
    if (gone.length === 1) writeFileSync(join(folder, "gone"), "");
    for (const left of gone)
      await import("../../src/index.ts").then(({ removeFile }) => removeFile(join(folder, left)));
  }
});

test("a path of more than 260 characters is written, locked and recovered", async (t) => {
  const folder = place(t);
  const path = join(folder, ..."0123456".split("").map((digit) => digit.repeat(50)), "state.json");
  assert.ok(path.length > 260);
  await writeFile(path, "{}", { mkdir: true });
  await updateFile(path, () => '{"n":1}');
  assert.equal(readFileSync(path, "utf8"), '{"n":1}');
  assert.deepEqual((await scan(folder)).findings, []);
});

const smallBytes = Number(process.env["UNTORN_PLACE_BYTES"] ?? 0);

test("a full disk is told, whatever the durability, and the old content stays", async (t) => {
  if (smallBytes === 0) return t.skip("this place is large (UNTORN_PLACE_BYTES)");
  const folder = place(t);
  const path = join(folder, "state");
  await writeFile(path, "old");
  const tooMuch = Buffer.alloc(smallBytes * 2, 120);
  for (const durability of ["full", "normal", "off"] as const) {
    const failed = (error: unknown): boolean =>
      isUntornError(error) &&
      ["UNTORN_DISK_FULL", "UNTORN_IO", "UNTORN_SHORT_WRITE"].includes(error.code) &&
      error.outcome === "unchanged";
    await assert.rejects(writeFile(path, tooMuch, { durability }), failed, durability);
    assert.throws(() => untornSync(path, tooMuch, { durability }), failed, durability);
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(strangers(folder, ["state"]), []);
    assert.equal((await writeFile(path, "old", { durability })).bytes, 3);
  }
});
