import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as v from "valibot";
import { updateBytes, updateFile, updateFileSync } from "../../src/index.ts";
import type { StandardSchema } from "../../src/index.ts";
import { updateJson, updateJsonSync } from "../../src/json.ts";
import { folder } from "../atomic/support/places.ts";

const unchanged = { outcome: "unchanged" };

test("validate: a function that throws, or returns false or a reason; a Standard Schema, also an asynchronous one", async (t) => {
  const path = join(folder(t), "state.json");
  writeFileSync(path, '{"count":1}');
  const refuse = async (validate: StandardSchema | ((value: unknown) => unknown), message: RegExp): Promise<void> => {
    const options = { validate: validate as StandardSchema };
    await assert.rejects(
      updateJson(path, () => ({ count: -1 }), options),
      { code: "UNTORN_INVALID", message, ...unchanged },
    );
    assert.equal(readFileSync(path, "utf8"), '{"count":1}');
  };
  await refuse(() => false, /returned false/);
  await refuse(() => "too few", /too few/);
  await refuse(() => {
    throw new Error("no good");
  }, /no good/);
  await refuse(() => Promise.resolve("too late"), /too late/);
  const schema = v.object({ count: v.pipe(v.number(), v.minValue(0, "count is below zero")) });
  await refuse(schema, /count: count is below zero/);
  const slow = v.pipeAsync(
    v.unknown(),
    v.checkAsync(() => Promise.resolve(false), "not now"),
  );
  await refuse(slow, /not now/);
  assert.throws(() => updateJsonSync(path, () => ({ count: -1 }), { validate: schema }), { code: "UNTORN_INVALID" });
  assert.throws(() => updateJsonSync(path, () => ({ count: 1 }), { validate: slow }), {
    code: "UNTORN_INVALID_ARGUMENT",
    message: /the validator returned a promise/,
  });
  const accepted = await updateJson(path, () => ({ count: 2 }), { validate: schema });
  assert.deepEqual([accepted.value, readFileSync(path, "utf8")], [{ count: 2 }, '{"count":2}']);
  assert.deepEqual(updateJsonSync(path, () => ({ count: 3 }), { validate: (value) => value !== null }).value, {
    count: 3,
  });
});

test("a function that returns nothing is told so, and the validator is not asked what it thinks of it", async (t) => {
  const path = join(folder(t), "text");
  writeFileSync(path, "old");
  const validate = (): never => assert.fail("asked");
  const refused = { code: "UNTORN_INVALID_ARGUMENT", message: /function returned undefined/, ...unchanged };
  const nothing = (): never => undefined as never;
  await assert.rejects(updateFile(path, nothing, { validate }), refused);
  await assert.rejects(updateBytes(path, nothing, { validate }), refused);
  assert.throws(() => updateFileSync(path, nothing, { validate }), refused);
  assert.equal(readFileSync(path, "utf8"), "old");
});

test("allowShrink: false refuses less than half of what was there", async (t) => {
  const path = join(folder(t), "text");
  writeFileSync(path, "0123456789");
  const shrink = { code: "UNTORN_SHRINK", ...unchanged };
  await assert.rejects(
    updateFile(path, () => "0123", { allowShrink: false }),
    shrink,
  );
  await assert.rejects(
    updateBytes(path, () => new Uint8Array(0), { allowShrink: false }),
    shrink,
  );
  assert.equal(readFileSync(path, "utf8"), "0123456789");
  await updateFile(path, () => "01234", { allowShrink: false });
  await updateFile(path, () => "0");
  assert.equal(readFileSync(path, "utf8"), "0");
});

test("an empty file is corrupt, or, with allowEmpty, empty text; for JSON it stays corrupt", async (t) => {
  const path = join(folder(t), "text");
  writeFileSync(path, "");
  await assert.rejects(
    updateFile(path, () => "new"),
    { code: "UNTORN_CORRUPT", ...unchanged },
  );
  await assert.rejects(
    updateJson(path, () => ({}), { allowEmpty: true }),
    { code: "UNTORN_CORRUPT", ...unchanged },
  );
  await updateFile(path, (current) => `${current}new`, { allowEmpty: true });
  assert.equal(readFileSync(path, "utf8"), "new");
});
