import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { knownFor } from "../dist/platforms/known.js";
import { outcomeOf } from "../dist/platforms/outcome.js";
import { prepare } from "../dist/platforms/places.js";
import { runFiles } from "../dist/platforms/run-files.js";
import { obstacle } from "../dist/requirements.js";
import { run } from "../dist/run.js";

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

const code = (runner) => `
import { describe, test } from ${JSON.stringify(runner)};
test("alone", () => undefined);
describe("outer", () => {
  test("first", () => undefined);
  describe("inner", () => {
    test("one", () => { throw new Error("so"); });
    test("two", { skip: "why" }, () => undefined);
  });
  test("last", () => undefined);
});
describe("other", () => { test("first", () => undefined); });
`;

test("both runners tell in which suite a case is", (t) => {
  const dist = (name) => new URL(`../dist/platforms/${name}`, import.meta.url);
  const folder = folderFor(t);
  const [plain, thin] = [join(folder, "plain.test.mjs"), join(folder, "thin.test.mjs")];
  writeFileSync(plain, code("node:test"));
  writeFileSync(thin, code(dist("thin-test.js").href));
  const reporter = [`--test-reporter=${dist("lines-reporter.js").href}`, `--test-reporter-destination=${plain}.out`];
  // Node does not run files in a run of files.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  spawnSync(process.execPath, ["--test", ...reporter, plain], { env });
  spawnSync(process.execPath, [fileURLToPath(dist("thin-run.js")), thin, `${thin}.out`], { env });
  const expected = [
    ["", "alone", "passed"],
    ["outer", "first", "passed"],
    ["outer > inner", "one", "failed"],
    ["outer > inner", "two", "skipped"],
    ["outer", "last", "passed"],
    ["other", "first", "passed"],
  ];
  for (const file of [plain, thin]) {
    const lines = readFileSync(`${file}.out`, "utf8").trim().split("\n");
    const told = lines.map((line) => JSON.parse(line)).map(({ suite, name, status }) => [suite, name, status]);
    assert.deepEqual(told, expected, file);
  }
});

test("what is known of one suite excuses no other, and what passes has to go from the list", () => {
  const file = "packages/untorn/dist/test/store/contract.test.js";
  const cases = ["who is stopped for longer than the lease lasts finds it lost", "a lease that has expired is over"];
  const results = (suite) => cases.map((name) => ({ file, suite, name, status: "failed", detail: "" }));
  const [inMemory, inDirectory] = ["the store in memory", "the store in a directory"].map(results);
  for (const result of inDirectory) assert.ok(knownFor("deno", result));
  for (const result of inMemory) assert.equal(knownFor("deno", result), undefined);
  assert.equal(outcomeOf("deno", "Deno", 1, [...inMemory, ...inDirectory]).failed.length, 2);
  assert.equal(outcomeOf("deno", "Deno", 1, inDirectory).failed.length, 0);
  const passing = inDirectory.map((result) => ({ ...result, status: "passed" }));
  assert.match(outcomeOf("deno", "Deno", 1, passing).failed[0].detail, /take it off the list/);
});

const canMount = process.getuid?.() === 0 && obstacle() === undefined;

test("a place that cannot be mounted in the end leaves nothing mounted", { skip: !canMount && "it mounts" }, (t) => {
  const folder = folderFor(t);
  const mounts = () => readFileSync("/proc/mounts", "utf8");
  let seen = "";
  const place = {
    name: "half",
    mount(at, work, below) {
      run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", work]);
      below.push(work);
      seen = mounts();
      run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", join(work, "none")]);
    },
  };
  assert.match(prepare(place, folder), /cannot be mounted here/);
  assert.ok(seen.includes(folder));
  assert.ok(!mounts().includes(folder));
});
