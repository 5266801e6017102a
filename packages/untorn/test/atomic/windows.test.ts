import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
// The rules of the other platform are reached past the door: they are no part of what a layer above may use.
import { posixRules, windowsRules } from "../../src/atomic/paths.ts";
import { nodePort } from "../../src/platform/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { faultPlan } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { folder, unexpected } from "./support/places.ts";

/** As on Windows: a replace may be refused for a while. The clock runs as fast as it is waited on. */
function windowsLike(faults: Fault | readonly Fault[]) {
  let now = 0;
  const pauses: number[] = [];
  const wait = (ms: number): void => {
    pauses.push(ms);
    now += ms;
  };
  const base = Object.create(nodePort, {
    traits: { value: { ...nodePort.traits, replaceMayBeRefused: true } },
    clock: { value: { now: () => now, pause: wait, later: async (ms: number) => wait(ms) } },
  }) as Port;
  const port = faultPlan(base, faults);
  return { files: new Files(port), pauses, report: port.report };
}

const refused = (fail: string, times: number, verb = "rename"): Fault => ({
  fail,
  times,
  when: (c) => c.verb === verb,
});

for (const code of ["EPERM", "EACCES", "EBUSY"]) {
  test(`a replace that is refused with ${code} is tried again until it passes`, async (t) => {
    const path = join(folder(t), "file");
    writeFileSync(path, "old");
    for (const sync of [true, false]) {
      const { files, pauses } = windowsLike(refused(code, 5));
      const receipt = sync ? files.writeFileSync(path, "new") : await files.writeFile(path, "new");
      assert.equal(receipt.attempts, 6);
      assert.equal(pauses.length, 5);
      assert.ok(pauses.every((ms) => ms >= 1 && ms <= 201));
      assert.equal(readFileSync(path, "utf8"), "new");
      writeFileSync(path, "old");
      const removing = windowsLike(refused(code, 3, "unlink"));
      await removing.files.removeFile(path);
      assert.equal(removing.pauses.length, 3);
      writeFileSync(path, "old");
    }
  });
}

test("it is given up after ten seconds, with the old content in place", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "old");
  const { files, pauses, report } = windowsLike(refused("EPERM", Infinity));
  await assert.rejects(files.writeFile(path, "new"), {
    code: "UNTORN_PERMISSION",
    phase: "commit",
    outcome: "unchanged",
  });
  const waited = pauses.reduce((sum, ms) => sum + ms, 0);
  assert.ok(waited >= 10_000 && waited < 10_500, `${waited} ms`);
  assert.ok(report.faults < 400);
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("what cannot pass is not waited for: another error, a read-only file", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  for (const code of ["EIO", "ENOSPC", "EXDEV", "EROFS"]) {
    const { files, pauses } = windowsLike(refused(code, Infinity));
    await assert.rejects(files.writeFile(path, "new"), { systemCode: code });
    assert.deepEqual(pauses, []);
  }
  chmodSync(path, 0o444);
  const { files, pauses } = windowsLike(refused("EPERM", Infinity));
  await assert.rejects(files.writeFile(path, "new"), { code: "UNTORN_PERMISSION" });
  assert.deepEqual(pauses, []);
  // On Windows nobody could remove it else.
  chmodSync(path, 0o666);
});

test("an abort ends the waiting", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  const control = new AbortController();
  let count = 0;
  const fault: Fault = {
    fail: "EBUSY",
    when({ verb }) {
      if (verb === "rename" && (count += 1) === 3) control.abort();
      return verb === "rename";
    },
  };
  const { files } = windowsLike(fault);
  await assert.rejects(files.writeFile(path, "new", { signal: control.signal }), { code: "UNTORN_ABORTED" });
  assert.equal(count, 3);
  assert.equal(readFileSync(path, "utf8"), "old");
});

test("a synchronous call during the waiting takes the place of the one that waits", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  const port = Object.create(nodePort, {
    traits: { value: { ...nodePort.traits, replaceMayBeRefused: true } },
  }) as Port;
  const files = new Files(faultPlan(port, refused("EBUSY", 6)));
  const call = files.writeFile(path, "async");
  await new Promise((resolve) => void setTimeout(resolve, 2));
  files.writeFileSync(path, "sync");
  assert.equal((await call).bytes, 5);
  assert.equal(readFileSync(path, "utf8"), "sync");
});

test("POSIX paths are joined and split without being changed", () => {
  const { absolute, split, inDirectory } = posixRules;
  assert.equal(absolute("a/../b", "/home"), "/home/a/../b");
  assert.equal(absolute("a", "/"), "/a");
  assert.equal(absolute("/a//b/", "/home"), "/a//b/");
  assert.deepEqual(split("/a/b"), { path: "/a/b", directory: "/a", base: "b" });
  assert.deepEqual(split("/a"), { path: "/a", directory: "/", base: "a" });
  assert.deepEqual(split("/a/"), { path: "/a/", directory: "/a", base: "" });
  assert.deepEqual(split("/a\\b"), { path: "/a\\b", directory: "/", base: "a\\b" });
  assert.equal(inDirectory("/", "x"), "/x");
});

test("Windows paths: drives, shares, both separators, alternate streams", () => {
  const { absolute, isAbsolute, split, inDirectory } = windowsRules;
  for (const path of ["C:\\a", "c:/a", "\\\\server\\share\\a", "\\a", "/a"]) assert.ok(isAbsolute(path), path);
  for (const path of ["a", "C:a", ".\\a", ""]) assert.equal(isAbsolute(path), false, path);
  assert.equal(absolute("a\\..\\b", "C:\\home"), "C:\\home\\b");
  assert.equal(absolute("dir/", "C:\\home"), "C:\\home\\dir\\");
  assert.equal(absolute("C:\\", "C:\\home"), "C:\\");
  assert.deepEqual(split("C:\\a\\b"), { path: "C:\\a\\b", directory: "C:\\a", base: "b" });
  assert.deepEqual(split("C:\\a"), { path: "C:\\a", directory: "C:\\", base: "a" });
  assert.deepEqual(split("C:\\a\\"), { path: "C:\\a\\", directory: "C:\\a", base: "" });
  assert.deepEqual(split("\\\\server\\share\\a"), {
    path: "\\\\server\\share\\a",
    directory: "\\\\server\\share\\",
    base: "a",
  });
  assert.throws(() => split("C:\\a\\file:stream"), { code: "UNTORN_INVALID_ARGUMENT" });
  assert.equal(inDirectory("C:\\", "x"), "C:\\x");
  assert.equal(inDirectory("C:\\a", "x"), "C:\\a\\x");
});
