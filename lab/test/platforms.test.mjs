import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runFiles } from "../dist/platforms/run-files.js";

/** Who runs the tests in other places must miss no failure, and leave nothing behind. */

function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), "untorn-platforms-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What comes of one file, whose process writes these lines and then ends so. */
function resultsOf(t, lines, end) {
  const folder = folderFor(t);
  const command = (file, index) => {
    const out = join(folder, `${index}.jsonl`);
    writeFileSync(out, lines.map((line) => `${JSON.stringify({ file, suite: "", detail: "", ...line })}\n`).join(""));
    return { program: process.execPath, args: ["-e", end], env: {}, out };
  };
  const ready = { title: "here", command, end: () => undefined };
  return runFiles({ jobs: 1 }, ready, ["a.test.js"], new AbortController().signal);
}

const failing = { name: "one", status: "failed" };
const whole = "(the file as a whole)";

test("a file that ends badly has failed, whatever its cases said before", async (t) => {
  const names = async (lines, end) => (await resultsOf(t, lines, end)).map(({ name }) => name);
  const passing = { name: "one", status: "passed" };
  assert.deepEqual(await names([passing], ""), ["one"]);
  assert.deepEqual(await names([failing], "process.exit(1)"), ["one"]);
  assert.deepEqual(await names([failing], ""), ["one"]);
  assert.deepEqual(await names([], ""), [whole]);
  assert.deepEqual(await names([passing], "process.exit(1)"), ["one", whole]);
  assert.deepEqual(await names([failing], "process.kill(process.pid, 'SIGSEGV')"), ["one", whole]);
  assert.deepEqual(await names([failing], "process.exit(134)"), ["one", whole]);
});
