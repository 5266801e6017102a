import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { judgeRecord, keepLast } from "../../src/documents/jsonl/index.ts";
import { assertCrashSafe } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { Appender } from "../../src/update/index.ts";
import { folder, recordsIn, textAt } from "./core-checks.ts";

const log = `${folder}/events.jsonl`;

/** A record of some length: now and then longer than a sector. */
const line = (index: number): Buffer =>
  Buffer.from(`${JSON.stringify({ index, note: "n".repeat(30 * index ** 3) })}\n`);

function appender(port: MemoryPort): Appender {
  return new Appender(new Files(port), {
    judge: judgeRecord,
    retain: keepLast,
  });
}

test("no appended record that has returned is lost, and a torn tail is never glued to the next record (G1, G2, G9)", async () => {
  const report = await assertCrashSafe<number>({
    setup: (port) => port.put(log, line(0)),
    async workload(port, run) {
      const records = appender(port);
      run.call(1, () => records.appendSync(log, line(1), {}));
      const second = run.call(2, () => records.append(log, line(2), {}));
      const third = run.call(3, () => records.append(log, line(3), {}));
      await Promise.all([second, third]);
    },
    check(port, knowledge) {
      // What the next run of the program does.
      appender(port).appendSync(log, line(4), {});
      // What is not found whole can only be of a call that had not returned.
      const found = recordsIn(port, log, line);
      for (const index of [0, 4, ...knowledge.returned]) assert.ok(found.includes(index), `lost: record ${index}`);
    },
    states: 4_000,
  });
  assert.ok(report.states > 300, `${report.states} states`);
});

test("a record in a folder that was made for the log is there once its append has returned (G2)", async () => {
  const deep = `${folder}/a/b/events.jsonl`;
  // The folder is made by the append itself, or by one before it that syncs no folders.
  for (const first of ["full", "normal", "off"] as const) {
    const report = await assertCrashSafe<number>({
      setup: (port) => port.putDirectory(folder),
      workload(port, run) {
        const records = appender(port);
        if (first !== "full") records.appendSync(deep, line(0), { mkdir: true, durability: first });
        run.call(1, () => records.appendSync(deep, line(1), { mkdir: true }));
      },
      check(port, knowledge) {
        if (knowledge.returned.length === 0) return;
        assert.ok(textAt(port, deep)?.includes(line(1).toString()), "a returned record is lost");
      },
    });
    assert.ok(report.states > 20, `${report.states} states`);
  }
});
