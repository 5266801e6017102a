// What is done about Bun and Deno (docs/platforms.md), in whatever runtime runs this.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodePort, systemCodeOf } from "../../src/platform/index.ts";
// Reached past the door: they are no part of what a layer above may use.
import { nativeExtensions, whyNoNative } from "../../src/platform/native.ts";
import { canonicalPath, closerThatTells } from "../../src/platform/quiet-runtimes.ts";
import { ended, startChild } from "../atomic/support/children.ts";
import { folder, inMemory } from "../atomic/support/places.ts";

const windows = process.platform === "win32" && "POSIX only";

const failure = (code: string): Error => Object.assign(new Error(code), { code });

function closing(shared: boolean, fail?: string) {
  const calls: string[] = [];
  const closer = closerThatTells({
    close: (handle) => void calls.push(`close ${handle}`),
    fsync(handle) {
      calls.push(`fsync ${handle}`);
      if (fail !== undefined) throw failure(fail);
    },
    mayBeShared: () => shared,
  });
  return { calls, closer };
}

test("where a close does not tell, what was written to a server is synced first, and its error is the close's", () => {
  const { calls, closer } = closing(true, "ENOSPC");
  closer.written(7);
  assert.throws(() => closer.close(7), { code: "ENOSPC" });
  assert.deepEqual(calls, ["fsync 7", "close 7"]);
  closer.close(7);
  assert.deepEqual(calls.slice(2), ["close 7"], "the number belongs to another file by now");
});

test("what was synced, only read, on a local disk, or cannot be synced, is just closed", () => {
  const synced = closing(true);
  synced.closer.written(7);
  synced.closer.synced(7);
  synced.closer.close(7);
  synced.closer.close(8);
  assert.deepEqual(synced.calls, ["close 7", "close 8"]);
  const local = closing(false);
  local.closer.written(7);
  local.closer.close(7);
  assert.deepEqual(local.calls, ["close 7"]);
  const unsyncable = closing(true, "EINVAL");
  unsyncable.closer.written(7);
  unsyncable.closer.close(7);
  assert.deepEqual(unsyncable.calls, ["fsync 7", "close 7"]);
});

/** As in Bun: of a file that others replace it says that there is none, or it gives another name. Only folders can be relied on. */
const fickle = (wrong: (path: string) => string) => (asked: string) =>
  statSync(asked).isDirectory() ? realpathSync.native(asked) : wrong(asked);
const missed = fickle(() => {
  throw failure("ENOENT");
});

test("the canonical path of a file is its folder's and its own name, where the system misses it", (t) => {
  const place = realpathSync(folder(t));
  const path = join(place, "file");
  writeFileSync(path, "");
  assert.equal(canonicalPath(missed, false)(path), path);
  const moved = fickle((asked) => `${asked}.moved`);
  assert.equal(canonicalPath(moved, true)(path), path);
  assert.throws(() => canonicalPath(missed, false)(`${path}.none`), { code: "ENOENT" });
  const refused = canonicalPath(() => {
    throw failure("EACCES");
  }, false);
  assert.throws(() => refused(path), { code: "EACCES" });
});

test("links are followed as the kernel follows them, where the system misses files", { skip: windows }, (t) => {
  const place = realpathSync(folder(t));
  mkdirSync(join(place, "deep/er"), { recursive: true });
  writeFileSync(join(place, "deep/file"), "");
  symlinkSync("deep/er", join(place, "folder"));
  symlinkSync("folder/../file", join(place, "link"));
  symlinkSync(join(place, "link"), join(place, "absolute"));
  symlinkSync("none", join(place, "dangling"));
  symlinkSync("loop", join(place, "loop"));
  for (const canonical of [
    canonicalPath(missed, false),
    canonicalPath(missed, true),
    (path: string) => nodePort.fs.realpath(path),
  ]) {
    for (const name of ["link", "absolute", "folder/../file"])
      assert.equal(canonical(`${place}/${name}`), `${place}/deep/file`, name);
    assert.equal(canonical(`${place}/folder`), `${place}/deep/er`);
    assert.equal(canonical(`${place}/folder/..`), `${place}/deep`);
    assert.throws(() => canonical(`${place}/dangling`), { code: "ENOENT" });
    assert.throws(() => canonical(`${place}/loop`), { code: "ELOOP" });
    assert.throws(() => canonical(`${place}/deep/file/x`), { code: "ENOTDIR" });
  }
});

test("the canonical path of a file is found while others replace it", async (t) => {
  const path = join(folder(t, inMemory()), "file");
  writeFileSync(path, "");
  const code = `
    const path = ${JSON.stringify(path)};
    const end = Date.now() + 1500;
    while (Date.now() < end) { fs.writeFileSync(path + ".new", ""); try { fs.renameSync(path + ".new", path); } catch (error) { if (process.platform !== "win32") throw error; } }`;
  const child = startChild(code);
  const gone = ended(child);
  let asked = 0;
  for (let running = true; running; asked += 1) {
    assert.equal(nodePort.fs.realpath(path), path);
    if (asked % 1000 === 0)
      running = (await Promise.race([gone, new Promise((go) => setTimeout(go, 0))])) === undefined;
  }
  assert.deepEqual(await gone, { code: 0, signal: null });
  assert.ok(asked > 1000);
});

test("removing a file never removes a directory, not even an empty one", (t) => {
  const path = join(folder(t), "directory");
  mkdirSync(path);
  assert.throws(
    () => nodePort.fs.unlink(path),
    (error: unknown) => ["EISDIR", "EPERM"].includes(systemCodeOf(error) ?? ""),
  );
  assert.ok(statSync(path).isDirectory());
});

test("errors without a code get it from their number", { skip: windows }, () => {
  assert.equal(systemCodeOf(new Error("File too large (os error 27)")), "EFBIG");
  assert.equal(systemCodeOf(Object.assign(new Error("x"), { errno: -28 })), "ENOSPC");
  if (process.platform === "linux") {
    assert.equal(systemCodeOf(new Error("Disk quota exceeded (os error 122)")), "EDQUOT");
    assert.equal(systemCodeOf(Object.assign(new Error("x"), { errno: -116, code: "UNKNOWN" })), "ESTALE");
  }
  assert.equal(systemCodeOf(Object.assign(new Error("x"), { errno: -5, code: "EIO" })), "EIO");
  assert.equal(systemCodeOf(new Error("(os error 99999)")), undefined);
});

test("the native extension is used in Node, and named as the reason where it is not", (t) => {
  const runtime = ["bun", "deno"].find((name) => process.versions[name] !== undefined);
  if (nativeExtensions() !== null) return assert.equal(runtime, undefined);
  assert.match(
    whyNoNative(),
    runtime === undefined ? /not installed|left out/ : new RegExp(`does not run in ${runtime}`),
  );
  const path = join(realpathSync(folder(t)), "file");
  writeFileSync(path, "x");
  const handle = nodePort.fs.open(path, "overwrite", 0);
  try {
    const outcome = nodePort.fs.copyAttributes(path, handle);
    if (process.platform !== "win32") assert.ok("lost" in outcome && outcome.lost.includes(whyNoNative()));
  } finally {
    nodePort.fs.close(handle);
  }
  assert.equal(readFileSync(path, "utf8"), "x");
});
