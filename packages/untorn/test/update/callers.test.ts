import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { updateFrontmatter, updateFrontmatterSync } from "../../src/frontmatter.ts";
import { updateFile, withLock, writeFile } from "../../src/index.ts";
import { updateJson, updateJsonSync } from "../../src/json.ts";
import type { StandardSchema } from "../../src/index.ts";
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
