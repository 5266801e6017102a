import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { judgeRecord, keepLast } from "../../src/jsonl.ts";
import { nodePort } from "../../src/platform/index.ts";
import { interceptPort } from "../../src/testing/index.ts";
import type { Call } from "../../src/testing/index.ts";
import { Appender } from "../../src/update/index.ts";
import { folder, openDescriptors } from "../atomic/support/places.ts";

const record = Buffer.from('{"next":1}\n');

/** An appender beside which something happens right before calls on its log, or in its quarantine. */
function beside(before: (call: Call) => readonly unknown[] | undefined): Appender {
  return new Appender(new Files(interceptPort(nodePort, { before })), { judge: judgeRecord, retain: keepLast });
}

const text = (path: string): string => readFileSync(path, "utf8");

test("what arrives without the lock while a torn line is being set aside is not cut away with it (G9)", async (t) => {
  const place = folder(t);
  // The one begins a line of its own; the other makes one bad line of both, which is reported, and nobody's to take away.
  for (const [index, foreign] of ['\n{"foreign":1}\n', '{"foreign":1}\n'].entries()) {
    for (const sync of [true, false]) {
      const path = join(place, `log-${index}-${sync}`);
      writeFileSync(path, '{"first":1}\n{"torn');
      let arrived = false;
      const log = beside((call) => {
        if (call.verb === "fsync" && call.path.includes("quarantine") && !arrived) {
          arrived = true;
          appendFileSync(path, foreign);
        }
        return undefined;
      });
      const before = openDescriptors();
      const { setAside } = sync ? log.appendSync(path, record, {}) : await log.append(path, record, {});
      assert.equal(openDescriptors(), before);
      assert.equal(text(path), `{"first":1}\n{"torn${foreign}{"next":1}\n`);
      assert.equal(setAside, undefined, "nothing was cut away");
    }
  }
});

test("a torn line is not cut away while somebody goes on writing behind it; a whole log is appended to all the same", (t) => {
  const path = join(folder(t), "log");
  let arrived = 0;
  const log = beside((call) => {
    if (call.verb === "open" && call.path === path && call.args[1] === "append")
      appendFileSync(path, `${(arrived += 1)}`);
    return undefined;
  });
  writeFileSync(path, '1\n{"torn');
  assert.throws(() => log.appendSync(path, record, {}), { code: "UNTORN_CONFLICT", outcome: "unchanged" });
  assert.ok(text(path).startsWith('1\n{"torn12345'), text(path));
  assert.ok(arrived >= 5 && arrived <= 20, `${arrived} looks`);
  const whole = beside((call) => {
    if (call.verb === "open" && call.path === path && call.args[1] === "append")
      appendFileSync(path, `${(arrived += 1)}\n`);
    return undefined;
  });
  writeFileSync(path, "1\n");
  whole.appendSync(path, record, {});
  assert.ok(text(path).endsWith(`\n${arrived}\n{"next":1}\n`), text(path));
});

test("a log that is moved away while it is looked at is begun anew", (t) => {
  const path = join(folder(t), "log");
  writeFileSync(path, '{"first":1}\n{"torn');
  let moved = false;
  const synced: string[] = [];
  const log = beside((call) => {
    if (call.verb === "fsync" && call.path.includes("quarantine") && !moved) {
      moved = true;
      rmSync(path);
    }
    if (call.verb === "syncDirectory") synced.push(call.path);
    return undefined;
  });
  log.appendSync(path, record, {});
  assert.equal(text(path), record.toString());
  assert.equal(synced.at(-1), join(path, ".."), "the entry of the new log is not durable");
});

test("an append that fails part of the way takes back what it has written, and nothing that arrived without the lock (G5, G9)", (t) => {
  const place = folder(t);
  const long = Buffer.from(`${JSON.stringify("x".repeat(200))}\n`);
  for (const arrives of ["never", "before", "after"] as const) {
    const path = join(place, arrives);
    writeFileSync(path, "1\n");
    let writes = 0;
    const log = beside((call) => {
      if (call.verb !== "write" || call.path !== path) return undefined;
      writes += 1;
      if ((arrives === "before" && writes === 1) || (arrives === "after" && writes === 2))
        appendFileSync(path, '{"foreign":1}\n');
      if (writes === 2) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      const [handle, bytes, position] = call.args as [number, Uint8Array, null];
      return [handle, bytes.subarray(0, 100), position];
    });
    const outcome = arrives === "never" ? "unchanged" : "unknown";
    assert.throws(() => log.appendSync(path, long, {}), { outcome }, arrives);
    const part = long.toString().slice(0, 100);
    const left = { never: "", before: `{"foreign":1}\n${part}`, after: `${part}{"foreign":1}\n` };
    assert.equal(text(path), `1\n${left[arrives]}`, arrives);
  }
});

test("a log that somebody empties under an append's feet: the record is not said to be there", (t) => {
  const place = folder(t);
  for (const [left, outcome] of [
    ["1\n", "unchanged"],
    ["", "unknown"],
  ] as const) {
    const path = join(place, outcome);
    writeFileSync(path, "1\n");
    let wrote = false;
    const log = beside(({ verb, path: at }) => {
      // Right after the write, before its size is looked at.
      if (wrote && verb === "fstat") writeFileSync(path, left);
      wrote ||= verb === "write" && at === path;
      return undefined;
    });
    assert.throws(() => log.appendSync(path, record, {}), { code: /UNTORN_(?:SHORT_WRITE|IO)/, outcome });
    assert.equal(text(path), left);
  }
});

test("an append that takes the log over its limit drops nothing that arrived without the lock, not even one byte (G6)", (t) => {
  const path = join(folder(t), "log");
  writeFileSync(path, "1\n2\n");
  let reads = 0;
  const log = beside(({ verb, path: at }) => {
    if (verb === "read" && at === path && (reads += 1) === 2) appendFileSync(path, "3");
    return undefined;
  });
  const append = (): unknown => log.appendSync(path, record, { maxEntries: 2 });
  assert.throws(append, { code: "UNTORN_CONFLICT", outcome: "unchanged" });
  assert.equal(text(path), "1\n2\n3");
});
