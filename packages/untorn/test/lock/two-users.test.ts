import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readTogetherSync, updateFileSync } from "../../src/index.ts";
import { lockFolderName } from "../../src/lock/index.ts";
import { asUser } from "../atomic/support/places.ts";
import { contender, temporaryFolder, ways } from "./processes.ts";

const users = { one: 65_533, other: 65_534 };

for (const way of ways) {
  test(`${way.name}: two users of one folder wait for each other`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    if (process.getuid?.() !== 0) return t.skip("only root can run programs as two users");
    const folder = join(temporaryFolder(), "shared");
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    chmodSync(join(folder, ".."), 0o755);
    const path = join(folder, "state.json");
    const log = join(folder, "..", "log");
    const as = (uid: number) => contender(way, path, log, [], { UNTORN_TEST_UID: String(uid) });
    const [one, other] = await Promise.all([as(users.one), as(users.other)]);
    // A folder that the other user's process left empty.
    const lockFolder = join(folder, lockFolderName("state.json"));
    mkdirSync(lockFolder);
    chownSync(lockFolder, users.other, users.other);
    one.tell({ op: "lock", timeoutMs: 0 });
    await one.hear("got");
    other.tell({ op: "lock", timeoutMs: 200 });
    const refused = await other.hear("failed");
    assert.deepEqual(
      [refused.code, refused.holders[0]?.pid, refused.holders[0]?.state],
      ["UNTORN_LOCKED", one.pid, "alive"],
    );
    other.tell({ op: "lock", timeoutMs: 30_000 });
    one.tell({ op: "release" });
    await other.hear("got");
    // Nobody but its owner can clear a killed holder's record away: the error says so.
    await other.kill();
    one.tell({ op: "lock", timeoutMs: 200 });
    const stuck = await one.hear("failed");
    assert.deepEqual([stuck.code, stuck.holders[0]?.state], ["UNTORN_LOCKED", "dead"]);
    assert.match(stuck.message, /its record may not be removed by this user/);
    const again = await as(users.other);
    again.tell({ op: "lock", timeoutMs: 0 });
    await again.hear("got");
    await Promise.all([one.end(), again.end()]);
    assert.deepEqual(readdirSync(folder), []);
  });
}

test("another user's work folder in a sticky folder keeps nobody from the files around it", (t) => {
  if (process.getuid?.() !== 0 || process.platform !== "linux") return t.skip("only root can run as two users");
  const folder = join(temporaryFolder(), "sticky");
  mkdirSync(join(folder, ".untorn"), { recursive: true });
  chmodSync(join(folder, ".."), 0o755);
  chmodSync(folder, 0o1777);
  chmodSync(join(folder, ".untorn"), 0o700);
  chownSync(join(folder, ".untorn"), users.other, users.other);
  asUser(users.one, () => {
    updateFileSync(join(folder, "state.txt"), (text) => `${text ?? ""}x`);
    assert.equal(Buffer.from(readTogetherSync(folder, ["state.txt"])[0]?.data ?? "").toString(), "x");
  });
});
