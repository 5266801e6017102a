import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { folderFor, untorn } from "../binary.ts";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const guide = readFileSync(join(root, "docs/crash-testing.md"), "utf8");
const skip = process.platform === "win32" ? "the simulated file system has POSIX paths" : false;

/** Puts every script of the guide into a folder from which the packages can be found. */
function scripts(t: TestContext): string {
  const folder = folderFor(t);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [, name, code] of guide.matchAll(/^```js (\S+)\n(.*?)^```$/gms)) {
    writeFileSync(join(folder, name ?? ""), code ?? "");
  }
  return folder;
}

test("the guide's first script is found out as the guide shows it", { skip }, (t) => {
  const { status, stdout } = untorn(["crashtest", join(scripts(t), "counter.mjs")]);
  assert.equal(status, 1);
  const shown = [...guide.matchAll(/^```text\n(.*?)^```$/gms)].map(([, text]) => text ?? "");
  assert.equal(shown.length, 3);
  for (const text of shown) assert.ok(stdout.includes(text.trimEnd()), `not in the output:\n${text}\n${stdout}`);
});

for (const script of ["fixed.mjs", "library.mjs"]) {
  test(`the guide's ${script} is good`, { skip }, (t) => {
    const { status, stdout, stderr } = untorn(["crashtest", join(scripts(t), script)]);
    assert.equal(status, 0, stdout + stderr);
    assert.doesNotMatch(stdout, /seeded choice/);
  });
}

test("the guide's test file passes", { skip }, (t) => {
  const folder = scripts(t);
  // A test that runs inside of a test reports to it; this one is to be an ordinary run.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ["--test", join(folder, "journal.test.mjs")], {
    encoding: "utf8",
    env,
  });
  assert.equal(status, 0, stdout);
});
