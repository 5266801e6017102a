import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryPort } from "../../src/testing/index.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

test("an ordinary user is refused what the modes refuse", () => {
  const port = memoryPort({ uid: 1000 });
  port.put("/shared/theirs", "x");
  port.give("/shared/theirs", { uid: 0, gid: 0, mode: 0o600 });
  const theirs = "/shared/theirs";
  assert.throws(() => port.fs.open(theirs, "read", 0), { code: "EACCES", syscall: "open" });
  port.give(theirs, { mode: 0o644 });
  const handle = port.fs.open(theirs, "read", 0);
  assert.throws(() => port.fs.chmod(handle, 0o666), { code: "EPERM", syscall: "fchmod" });
  assert.throws(() => port.fs.chown(handle, 1000, 1000), { code: "EPERM", syscall: "fchown" });
  port.give("/shared", { mode: 0o555 });
  assert.throws(() => port.fs.unlink(theirs), { code: "EACCES" });
  port.give("/shared", { mode: 0o1777, uid: 0 });
  assert.throws(() => port.fs.unlink(theirs), { code: "EPERM" });
  port.give("/shared", { mode: 0o600, uid: 0 });
  assert.throws(() => port.fs.lstat(theirs), { code: "EACCES" });
});

test("a full disk writes what fits, then says ENOSPC; removing a file makes room", () => {
  const port = memoryPort({ capacityBytes: 10 });
  const handle = port.fs.open("/a", "create", 0o644);
  assert.equal(port.fs.write(handle, bytes("sixsix"), null), 6);
  assert.equal(port.fs.write(handle, bytes("sixsix"), null), 4);
  assert.throws(() => port.fs.write(handle, bytes("x"), null), { code: "ENOSPC", syscall: "write" });
  port.fs.unlink("/a");
  assert.throws(() => port.fs.write(handle, bytes("x"), null), { code: "ENOSPC" });
  port.fs.close(handle);
  port.put("/b", "tententen!");
});

test("handles run out", () => {
  const port = memoryPort({ openFilesMax: 2 });
  port.put("/a", "");
  const [first] = [port.fs.open("/a", "read", 0), port.fs.open("/a", "read", 0)];
  assert.throws(() => port.fs.open("/a", "read", 0), { code: "EMFILE" });
  port.fs.close(first);
  assert.deepEqual([port.fs.open("/a", "read", 0), port.openPaths().length], [first, 2]);
});

test("a killed process holds no lock, and is known to be dead", () => {
  const port = memoryPort();
  const other = port.anotherProcess();
  const handle = other.fs.open("/lock", "lock", 0o644);
  assert.equal(other.fs.tryLock(handle, false), true);
  const mine = port.fs.open("/lock", "lock", 0o644);
  assert.equal(port.fs.tryLock(mine, false), false);
  assert.equal(port.liveness(other.identity), "alive");
  other.kill();
  assert.equal(port.liveness(other.identity), "dead");
  assert.equal(port.fs.tryLock(mine, false), true);
  assert.equal(port.liveness({ pid: 1, startTime: "1", scope: "elsewhere" }), "unknown");
});

test("names that differ in case can be one name", () => {
  const port = memoryPort({ caseInsensitive: true });
  port.put("/State.json", "x");
  assert.equal(port.fs.stat("/STATE.JSON")?.size, 1);
  assert.throws(() => port.fs.open("/state.json", "create", 0o600), { code: "EEXIST" });
  port.fs.rename("/state.json", "/STATE.json");
  assert.deepEqual(port.tree(), { "/STATE.json": "x" });
  assert.equal(port.fs.realpath("/state.JSON"), "/STATE.json");
});

test("traits: Windows refuses to replace an open file, mounts cannot be replaced, a disk can turn read-only", () => {
  const port = memoryPort({ replaceMayBeRefused: true, directorySync: false, kernelLocks: false });
  port.put("/a", "A");
  port.put("/b", "B");
  const handle = port.fs.open("/a", "read", 0);
  assert.throws(() => port.fs.rename("/b", "/a"), { code: "EPERM", syscall: "rename" });
  port.fs.close(handle);
  port.mount("/a");
  assert.throws(() => port.fs.rename("/b", "/a"), { code: "EBUSY" });
  assert.notEqual(port.fs.syncDirectory("/"), "synced");
  const lock = port.fs.open("/b", "lock", 0);
  assert.throws(() => port.fs.tryLock(lock, false), { code: "ENOSYS" });
  port.machine.readOnly = true;
  assert.throws(() => port.fs.open("/c", "create", 0o600), { code: "EROFS" });
  assert.throws(() => port.fs.open("/b", "overwrite", 0), { code: "EROFS" });
});

test("waiting moves the virtual clock, in the order in which the waits end", async () => {
  const port = memoryPort({ startMs: 1000 });
  const order: string[] = [];
  await Promise.all([
    port.clock.later(50).then(() => order.push(`late ${port.clock.now()}`)),
    port.clock.later(10).then(() => order.push(`early ${port.clock.now()}`)),
  ]);
  port.clock.pause(5);
  assert.deepEqual(order, ["early 1010", "late 1050"]);
  assert.equal(port.clock.now(), 1055);
});

test("random names repeat with the seed", () => {
  const names = (seed: number): string[] => [memoryPort({ seed }).randomName(), memoryPort({ seed }).randomName()];
  assert.equal(names(7)[0], names(7)[1]);
  assert.notEqual(names(7)[0], names(8)[0]);
});

test("attributes are copied", () => {
  const port = memoryPort();
  port.put("/a", "A");
  port.attributes("/a", "user.note", bytes("hi"));
  const handle = port.fs.open("/b", "create", 0o600);
  assert.deepEqual(port.fs.copyAttributes("/a", handle), { kept: 1 });
  assert.deepEqual([...port.attributes("/b").keys()], ["user.note"]);
});

test("a copy of a volume changes by itself", () => {
  const port = memoryPort();
  port.put("/a", "old");
  const { volume } = port.machine;
  const before = volume.fork();
  const handle = port.fs.open("/a", "overwrite", 0);
  port.fs.write(handle, bytes("new and longer"), 0);
  const middle = volume.fork();
  port.fs.truncate(handle, 3);
  const ino = port.fs.fstat(handle).ino;
  const text = (copy: typeof volume): string =>
    Buffer.from(copy.get(ino).bytes.subarray(0, copy.get(ino).size)).toString();
  assert.deepEqual([text(before), text(middle), text(volume)], ["old", "new and longer", "new"]);
});
