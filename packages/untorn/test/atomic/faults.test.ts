import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { isUntornError, nodePort } from "../../src/platform/index.ts";
import type { UntornError } from "../../src/platform/index.ts";
import { faultPlan, recordCalls } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { folder, inMemory, openDescriptors } from "./support/places.ts";
import { look, prepare, scenarios } from "./support/scenarios.ts";
import type { Scenario } from "./support/scenarios.ts";

const busy: Fault = { fail: "EBUSY", when: ({ verb }) => verb === "rename" };

interface Run {
  readonly error: UntornError | undefined;
  readonly tree: Readonly<Record<string, string>>;
  readonly temps: readonly string[];
}

async function run(place: string, scenario: Scenario, sync: boolean, faults: readonly Fault[]): Promise<Run> {
  mkdirSync(place);
  prepare(place, scenario);
  const port = faultPlan(nodePort, scenario.busy === true ? [...faults, busy] : faults);
  let error: unknown;
  try {
    await scenario.run(new Files(port), place, sync);
  } catch (thrown) {
    error = thrown;
  }
  if (error !== undefined) assert.ok(isUntornError(error), String((error as Error).stack));
  return { error, ...look(place) };
}

/** The calls of a run without a fault: what can fail. */
async function callsOf(place: string, scenario: Scenario, sync: boolean) {
  mkdirSync(place);
  prepare(place, scenario);
  const port = recordCalls(scenario.busy === true ? faultPlan(nodePort, busy) : nodePort);
  await scenario.run(new Files(port), place, sync);
  const { tree, temps } = look(place);
  assert.deepEqual(tree, scenario.after);
  assert.deepEqual(temps, []);
  return port.calls.toSorted((a, b) => a.index - b.index);
}

function assertOutcome(result: Run, scenario: Scenario, context: string): void {
  const { error, tree } = result;
  const is = (other: object): boolean => JSON.stringify(sorted(tree)) === JSON.stringify(sorted(other));
  if (error === undefined)
    return assert.ok(is(scenario.after), `${context}: succeeded, but the new state is not there`);
  const committed = is(scenario.after) || (scenario.between ?? []).some(is);
  const fits = { unchanged: is(scenario.before), replaced: committed, unknown: is(scenario.before) || committed };
  assert.ok(
    fits[error.outcome],
    `${context}: outcome ${error.outcome} does not fit what is on disk (${error.message})`,
  );
  assert.notEqual(error.phase, "arguments", context);
}

function sorted(tree: object): [string, unknown][] {
  return Object.entries(tree).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

for (const scenario of scenarios) {
  test(`${scenario.name}: whichever call fails, the outcome is as reported, with no temp and no handle left`, async (t) => {
    const root = folder(t, inMemory());
    let runs = 0;
    const place = (): string => join(root, `${(runs += 1)}`);
    for (const sync of [true, false]) {
      const calls = await callsOf(place(), scenario, sync);
      assert.ok(calls.length >= 3);
      for (const { index, verb } of calls) {
        for (const fail of ["EIO", "ENOSPC", "EMFILE", "EPERM"]) {
          for (const after of [false, true]) {
            // A close that fails has closed all the same (close(2)); a temp that cannot be unlinked stays, of course.
            if (verb === "close" && !after) continue;
            // The handle that such an open gives is lost, and nobody could know of it.
            if (verb === "open" && after) continue;
            const before = openDescriptors();
            const result = await run(place(), scenario, sync, [{ fail, after, at: index }]);
            const context = `${sync ? "sync" : "async"}, call ${index} (${verb}) ${after ? "done, but " : ""}${fail}`;
            assertOutcome(result, scenario, context);
            // Where the outcome is not known, the temp may be the only copy of the new content.
            if ((verb !== "unlink" || after) && result.error?.outcome !== "unknown")
              assert.deepEqual(result.temps, [], context);
            assert.equal(openDescriptors(), before, `${context}: a handle stayed open`);
          }
        }
      }
    }
    assert.ok(runs > 50);
  });
}

test("a short write is continued, whatever its length, and a write of nothing is a failure", async (t) => {
  const root = folder(t);
  const replace = scenarios[0] as Scenario;
  for (const short of [1, 7, 500]) {
    const result = await run(join(root, `short-${short}`), replace, true, [{ short, when: () => true }]);
    assert.equal(result.error, undefined);
    assert.deepEqual(result.tree, replace.after);
  }
  const result = await run(join(root, "nothing"), replace, true, [{ short: 0, when: ({ verb }) => verb === "write" }]);
  assert.equal(result.error?.code, "UNTORN_SHORT_WRITE");
  assert.deepEqual(result.tree, replace.before);
  assert.deepEqual(result.temps, []);
});

test("what was done counts as done, also if the system reports a failure, as NFS does", async (t) => {
  const root = folder(t);
  const at = (name: string): string => join(root, name);
  const done = (verb: string, fail: string) =>
    new Files(faultPlan(nodePort, { fail, after: true, times: 1, when: (call) => call.verb === verb }));
  assert.equal((await done("rename", "ENOENT").writeFile(at("a"), "new")).attempts, 1);
  await done("link", "EEXIST").writeFile(at("b"), "new", { ifAbsent: true });
  await done("rename", "ENOENT").renameFile(at("a"), at("c"));
  assert.equal((await done("unlink", "EIO").removeFile(at("b"))).changed, true);
  assert.deepEqual(look(root), { tree: { c: "new" }, temps: [] });
});

test("what was not done does not count as done where inode numbers are rounded to the same", (t) => {
  const root = folder(t);
  const [path, fresh] = [join(root, "file"), join(root, "fresh")];
  writeFileSync(path, "old");
  const same = <T extends { ino: number } | undefined>(status: T): T => status && { ...status, ino: 2 ** 60 };
  const refuse = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  const { fs } = nodePort;
  const rounding = {
    ...fs,
    fstat: (handle: number) => same(fs.fstat(handle)),
    lstat: (of: string) => same(fs.lstat(of)),
    stat: (of: string) => same(fs.stat(of)),
    rename: () => refuse("EIO"),
    link() {
      // Somebody else was faster.
      writeFileSync(fresh, "theirs");
      refuse("EEXIST");
    },
  };
  const files = new Files(Object.create(nodePort, { fs: { value: rounding } }) as typeof nodePort);
  assert.throws(() => files.writeFileSync(path, "new"), { code: "UNTORN_IO", outcome: "unchanged" });
  const create = (): unknown => files.writeFileSync(fresh, "mine", { ifAbsent: true });
  assert.throws(create, { code: "UNTORN_EXISTS", outcome: "unchanged" });
  assert.deepEqual(look(root), { tree: { file: "old", fresh: "theirs" }, temps: [] });
});
