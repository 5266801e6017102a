// NFS and SMB tell of a full disk when a file is closed, if it was not synced before (close(2)).
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { judgeRecord, keepLast } from "../../src/jsonl.ts";
import { nodePort } from "../../src/platform/index.ts";
import { faultPlan } from "../../src/testing/index.ts";
import type { Call } from "../../src/testing/index.ts";
import { Appender } from "../../src/update/index.ts";
import { folder } from "../atomic/support/places.ts";

/** The close of a file that was written and not synced fails, for every file that `which` picks. */
function lateErrors(which: (path: string) => boolean) {
  const written = new Set<unknown>();
  const late = (call: Call): boolean => {
    if (call.verb === "write") written.add(call.args[0]);
    if (call.verb === "fsync") written.delete(call.args[0]);
    return call.verb === "close" && written.delete(call.args[0]) && which(call.path);
  };
  return faultPlan(nodePort, { fail: "ENOSPC", after: true, when: late });
}

test("an append without a sync fails if the close does", async (t) => {
  const path = join(folder(t), "log.jsonl");
  writeFileSync(path, "1\n");
  const appender = new Appender(new Files(lateErrors((at) => at === path)), { judge: judgeRecord, retain: keepLast });
  const failed = { code: "UNTORN_DISK_FULL", phase: "commit", outcome: "unknown" };
  const line = Buffer.from("2\n");
  await assert.rejects(appender.append(path, line, { durability: "off" }), failed);
  assert.throws(() => appender.appendSync(path, line, { durability: "off" }), failed);
  assert.equal((await appender.append(path, line, {})).synced, true);
});

test("a write without a sync leaves the old file if the close fails", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "old");
  const files = new Files(lateErrors(() => true));
  const failed = { code: "UNTORN_DISK_FULL", outcome: "unchanged" };
  await assert.rejects(files.writeFile(path, "new", { durability: "off" }), failed);
  assert.throws(() => files.writeFileSync(path, "new", { durability: "off" }), failed);
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(readdirSync(place), ["file"]);
});

test("a generation that is a copy is not kept, and nothing is replaced, if its close fails", (t) => {
  const place = folder(t);
  const path = join(place, "a.json");
  writeFileSync(path, '{"old":1}');
  const late = lateErrors((at) => at.includes("generations"));
  const port = faultPlan(late, { fail: "EPERM", when: ({ verb }) => verb === "link" });
  const options = { generations: 2, durability: "off" } as const;
  assert.throws(() => new Files(port, writeKeeping).writeFileSync(path, '{"new":1}', options), {
    code: "UNTORN_DISK_FULL",
  });
  assert.equal(readFileSync(path, "utf8"), '{"old":1}');
  assert.deepEqual(readdirSync(join(place, ".untorn/generations/a.json")), []);
});
