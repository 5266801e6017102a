import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { transaction, transactionSync, updateBytesSync, updateFile, updateFileSync } from "../../src/index.ts";
import { updateJson, updateJsonSync } from "../../src/json.ts";
import { appendLine, appendLineSync, appendText, repairLog, rotateLog } from "../../src/jsonl.ts";
import { folder } from "../atomic/support/places.ts";

/** An option that is not understood would be a wish that is silently not granted. */

const calls: Readonly<Record<string, (path: never, options: never) => unknown>> = {
  updateFile: (path, options) => updateFile(path, () => "new", options),
  updateFileSync: (path, options) => updateFileSync(path, () => "new", options),
  updateBytesSync: (path, options) => updateBytesSync(path, () => new Uint8Array(3), options),
  updateJson: (path, options) => updateJson(path, () => ({}), options),
  updateJsonSync: (path, options) => updateJsonSync(path, () => ({}), options),
  appendLine: (path, options) => appendLine(path, 1, options),
  appendLineSync: (path, options) => appendLineSync(path, 1, options),
  appendText: (path, options) => appendText(path, ["x"], options),
  rotateLog: (path, options) => rotateLog(path, { maxEntries: 1 }, options),
  repairLog: (path, options) => repairLog(path, options),
};

for (const [name, call] of Object.entries(calls)) {
  test(`${name} refuses paths that are none and options that it does not know, before anything is touched`, async (t) => {
    const place = folder(t);
    const path = join(place, "file");
    writeFileSync(path, "old");
    const refused = async (given: unknown, options: unknown, message: RegExp): Promise<void> => {
      const failing = async (): Promise<unknown> => call(given as never, options as never);
      await assert.rejects(failing, { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged", message });
    };
    await refused("", {}, /path/);
    await refused(undefined, {}, /path/);
    await refused(path, { lockTimeoutMS: 5 }, /did you mean lockTimeoutMs/);
    await refused(path, { durability: "bogus" }, /takes 'full', 'normal', 'off'/);
    await refused(path, { lockTimeoutMs: -1 }, /0 or more/);
    assert.deepEqual(readdirSync(place), ["file"]);
  });
}

test("a transaction refuses options that it does not know, and a durability between all and nothing", async (t) => {
  const place = folder(t);
  const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged" };
  for (const options of [{ onConflicts: "fail" }, { durability: "normal" }, { onConflict: "never" }] as object[]) {
    await assert.rejects(
      transaction(place, (tx) => tx.write("a", "1"), options),
      refused,
    );
    assert.throws(() => transactionSync(place, (tx) => tx.write("a", "1"), options), refused);
  }
  assert.deepEqual(readdirSync(place), []);
});
