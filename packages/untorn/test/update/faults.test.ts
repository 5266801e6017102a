import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { judgeRecord, keepLast } from "../../src/jsonl.ts";
import { isUntornError, nodePort } from "../../src/platform/index.ts";
import type { Port, UntornError } from "../../src/platform/index.ts";
import { faultPlan, interceptPort, recordCalls } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { Appender, documentsOn, updatesOn } from "../../src/update/index.ts";
import { anyBytesCodec } from "../../src/update/index.ts";
import { folder, inMemory, openDescriptors } from "../atomic/support/places.ts";

const lockTimeoutMs = 0;
const logKind = {
  judge: judgeRecord,
  retain: keepLast,
};
const appender = (port: Port): Appender => new Appender(new Files(port), logKind);
const line = Buffer.from("3\n");

interface Scenario {
  readonly name: string;
  /** `undefined`: no file. */
  readonly before: string | undefined;
  readonly after: string;
  readonly run: (port: Port, path: string, sync: boolean) => unknown;
  /** Where the old log without its torn last line counts as unchanged, too: that line is in quarantine then. */
  readonly also?: string;
}

const scenarios: readonly Scenario[] = [
  {
    name: "an update",
    before: "old",
    after: "old, new",
    run(port, path, sync) {
      const { updateFile, updateFileSync } = updatesOn(new Files(port));
      const change = (current = ""): string => `${current}, new`;
      return sync ? updateFileSync(path, change, { lockTimeoutMs }) : updateFile(path, change, { lockTimeoutMs });
    },
  },
  {
    name: "an update of a file that is not there",
    before: undefined,
    after: "new",
    run(port, path, sync) {
      const { updateFile, updateFileSync } = updatesOn(new Files(port));
      const options = { lockTimeoutMs, onConflict: "fail" as const };
      return sync ? updateFileSync(path, () => "new", options) : updateFile(path, () => "new", options);
    },
  },
  {
    name: "an append",
    before: "1\n2\n",
    after: "1\n2\n3\n",
    run: (port, path, sync) =>
      sync
        ? appender(port).appendSync(path, line, { lockTimeoutMs })
        : appender(port).append(path, line, { lockTimeoutMs }),
  },
  {
    name: "an append to a log that is not there",
    before: undefined,
    after: "3\n",
    run: (port, path, sync) =>
      sync
        ? appender(port).appendSync(path, line, { lockTimeoutMs })
        : appender(port).append(path, line, { lockTimeoutMs }),
  },
  {
    name: "an append after a torn line",
    before: '1\n2\n{"torn',
    after: "1\n2\n3\n",
    also: "1\n2\n",
    run: (port, path, sync) =>
      sync
        ? appender(port).appendSync(path, line, { lockTimeoutMs })
        : appender(port).append(path, line, { lockTimeoutMs }),
  },
  {
    name: "an append that takes the log over its limit",
    before: "1\n2\n",
    after: "2\n3\n",
    run: (port, path, sync) =>
      sync
        ? appender(port).appendSync(path, line, { lockTimeoutMs, maxEntries: 2 })
        : appender(port).append(path, line, { lockTimeoutMs, maxEntries: 2 }),
  },
  {
    name: "a rotation",
    before: "1\n2\n3\n",
    after: "3\n",
    run(port, path, sync) {
      const { update, updateSync } = documentsOn(new Files(port), anyBytesCodec);
      const change = (current: Uint8Array = line): Uint8Array => keepLast(current, { maxEntries: 1 }).bytes;
      return sync ? updateSync(path, change, { lockTimeoutMs }) : update(path, change, { lockTimeoutMs });
    },
  },
];

interface Run {
  readonly error: UntornError | undefined;
  readonly text: string | undefined;
  readonly kept: readonly string[];
}

const textOf = (path: string): string | undefined =>
  statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(path, "utf8");

async function run(place: string, scenario: Scenario, sync: boolean, fault: Fault): Promise<Run> {
  mkdirSync(place);
  const path = join(place, "file");
  if (scenario.before !== undefined) writeFileSync(path, scenario.before);
  let error: unknown;
  try {
    await scenario.run(faultPlan(nodePort, fault), path, sync);
  } catch (thrown) {
    error = thrown;
  }
  if (error !== undefined) assert.ok(isUntornError(error), String((error as Error).stack));
  const quarantine = join(place, ".untorn/quarantine");
  const names = statSync(quarantine, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(quarantine);
  return { error, text: textOf(path), kept: names.map((name) => readFileSync(join(quarantine, name), "utf8")) };
}

function check({ error, text, kept }: Run, scenario: Scenario, context: string): void {
  if (error === undefined) return assert.equal(text, scenario.after, `${context}: succeeded`);
  const same = text === scenario.before || (scenario.also !== undefined && text === scenario.also);
  const fits = { unchanged: same, replaced: text === scenario.after, unknown: true };
  const said = `${context}: outcome ${error.outcome}, and there is ${JSON.stringify(text)} (${error.message})`;
  assert.ok(fits[error.outcome], said);
  // A record that was there is never lost, whatever the outcome; what was cut off is somewhere.
  if (scenario.also === undefined) return;
  assert.ok(text?.startsWith(scenario.also) === true, said);
  if (text !== undefined && !text.includes("torn")) {
    assert.ok(kept.includes('{"torn'), `${said}: the torn line is gone`);
    assert.match(error.message, /last line, which a crash had cut off, is kept in \/.*\.untorn\/quarantine\//, said);
  }
}

for (const scenario of scenarios) {
  test(`${scenario.name}: whichever call fails, the outcome is as reported, and no handle stays open`, async (t) => {
    const root = folder(t, inMemory());
    let runs = 0;
    const place = (): string => join(root, `${(runs += 1)}`);
    for (const sync of [true, false]) {
      const first = place();
      mkdirSync(first);
      const path = join(first, "file");
      if (scenario.before !== undefined) writeFileSync(path, scenario.before);
      const recorded = recordCalls(nodePort);
      await scenario.run(recorded, path, sync);
      assert.equal(textOf(path), scenario.after);
      const calls = recorded.calls.toSorted((a, b) => a.index - b.index);
      assert.ok(calls.length > 10);
      for (const { index, verb } of calls) {
        for (const fail of ["EIO", "ENOSPC"]) {
          for (const after of [false, true]) {
            // A close that fails has closed all the same; the handle of an open that fails afterwards is lost to anybody.
            if ((verb === "close" && !after) || (verb === "open" && after)) continue;
            const before = openDescriptors();
            const result = await run(place(), scenario, sync, { fail, after, at: index });
            const context = `${sync ? "sync" : "async"}, call ${index} (${verb}) ${after ? "done, but " : ""}${fail}`;
            check(result, scenario, context);
            assert.ok(openDescriptors() <= before, `${context}: a handle stayed open`);
          }
        }
      }
    }
    assert.ok(runs > 40);
  });
}

test("a short write of an append is continued; one of nothing leaves the log as it was", async (t) => {
  const root = folder(t, inMemory());
  const append = scenarios[2] as Scenario;
  const short = await run(join(root, "1"), append, true, { short: 1, when: ({ path }) => path.endsWith("/file") });
  assert.deepEqual([short.error, short.text], [undefined, append.after]);
  const none = await run(join(root, "2"), append, true, {
    short: 0,
    when: ({ verb, path }) => verb === "write" && path.endsWith("/file"),
  });
  assert.deepEqual([none.error?.code, none.error?.outcome, none.text], ["UNTORN_SHORT_WRITE", "unchanged", "1\n2\n"]);
});

test("a sync that fails takes the record of an append back; where that fails, too, nobody says that it is there", async (t) => {
  const root = folder(t, inMemory());
  const append = scenarios[2] as Scenario;
  const onLog =
    (name: string): Fault["when"] =>
    ({ verb, path }) =>
      verb === name && path.endsWith("/file");
  const back = await run(join(root, "1"), append, true, { fail: "EIO", times: 1, when: onLog("fsync") });
  assert.deepEqual([back.error?.code, back.error?.outcome, back.text], ["UNTORN_IO", "unchanged", append.before]);
  // The kernel marks pages as clean after a failed sync: a second one would succeed without the record being anywhere.
  for (const verb of ["fsync", "truncate"]) {
    const when: Fault["when"] = (call) => onLog("fsync")?.(call) === true || onLog(verb)?.(call) === true;
    const stuck = await run(join(root, verb), append, true, { fail: "EIO", when });
    assert.deepEqual([stuck.error?.code, stuck.error?.outcome], ["UNTORN_IO", "unknown"]);
    assert.match(stuck.error?.message ?? "", /could not be cut back durably.*read the file before you go on/);
  }
});

test("a lock that is lost before the write of an append, or before its replace, stops it (fence)", async (t) => {
  for (const limits of [{}, { maxEntries: 2 }]) {
    const path = join(folder(t, inMemory()), "log");
    writeFileSync(path, "1\n2\n");
    const port = interceptPort(nodePort, {
      before(call) {
        // Somebody removes the record of the lock while the end of the log is being read.
        if (call.verb !== "read" || !call.path.endsWith("/log")) return undefined;
        const place = join(path, "..", ".log.untorn.lock");
        for (const name of readdirSync(place)) nodePort.fs.unlink(join(place, name));
        return undefined;
      },
    });
    await assert.rejects(appender(port).append(path, line, limits), { code: "UNTORN_LOCK_LOST", outcome: "unchanged" });
    assert.equal(textOf(path), "1\n2\n");
  }
});
