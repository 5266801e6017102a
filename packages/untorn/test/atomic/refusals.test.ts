import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import {
  readFile,
  readFileSync as untornReadSync,
  removeFile,
  renameFile,
  updateFile,
  writeFile,
  writeFileSync as untornSync,
} from "../../src/index.ts";
import { appendLine } from "../../src/jsonl.ts";
import { nodePort } from "../../src/platform/index.ts";
import { faultPlan } from "../../src/testing/index.ts";
import { runChild } from "./support/children.ts";
import { beforeRemoval, folder, inMemory, isRoot, openDescriptors, unexpected } from "./support/places.ts";

const unchanged = { outcome: "unchanged" };

test("a directory in the way", async (t) => {
  const place = folder(t);
  mkdirSync(join(place, "dir"));
  writeFileSync(join(place, "file"), "old");
  for (const path of [
    join(place, "dir"),
    `${place}/dir/`,
    `${place}/`,
    `${place}/absent/`,
    `${place}/.`,
    `${place}/dir/..`,
    "/",
  ]) {
    await assert.rejects(writeFile(path, "x"), { code: "UNTORN_IS_DIRECTORY", ...unchanged }, path);
    assert.throws(() => untornSync(path, "x", { mkdir: true }), { code: "UNTORN_IS_DIRECTORY", ...unchanged }, path);
  }
  await assert.rejects(renameFile(join(place, "file"), join(place, "dir")), { code: "UNTORN_IS_DIRECTORY" });
  await assert.rejects(renameFile(join(place, "dir"), join(place, "x")), { code: "UNTORN_IS_DIRECTORY" });
  await assert.rejects(removeFile(join(place, "dir")), { code: "UNTORN_IS_DIRECTORY", ...unchanged });
  await assert.rejects(readFile(join(place, "dir")), { code: "UNTORN_IS_DIRECTORY" });
  assert.deepEqual(unexpected(place, ["dir", "file"]), []);
});

test("a missing directory, a file where a directory should be, and no such file", async (t) => {
  const place = folder(t);
  writeFileSync(join(place, "file"), "old");
  for (const path of [join(place, "missing/file"), join(place, "file/x"), `${place}/file/`]) {
    await assert.rejects(writeFile(path, "x"), { code: /UNTORN_(NOT_FOUND|IS_DIRECTORY)/, ...unchanged }, path);
  }
  await assert.rejects(writeFile(join(place, "file/x"), "x", { mkdir: true }), { code: "UNTORN_NOT_FOUND" });
  const absent = { code: "UNTORN_NOT_FOUND", ...unchanged };
  await assert.rejects(readFile(join(place, "absent")), absent);
  await assert.rejects(removeFile(join(place, "absent")), { ...absent, next: /force: true/ });
  await assert.rejects(renameFile(join(place, "absent"), join(place, "x")), absent);
  assert.equal((await removeFile(join(place, "absent"), { force: true })).changed, false);
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("a device, a pipe and a socket are not files: nothing waits for their other end", async (t) => {
  const place = folder(t);
  const pipe = join(place, "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  const socket = join(place, "socket");
  const server = createServer().listen(socket);
  await once(server, "listening");
  t.after(() => server.close());
  for (const path of [pipe, socket, "/dev/null"]) {
    await assert.rejects(writeFile(path, "x"), { code: "UNTORN_NOT_A_FILE", ...unchanged });
    await assert.rejects(readFile(path), { code: "UNTORN_NOT_A_FILE" });
    assert.throws(() => untornReadSync(path), { code: "UNTORN_NOT_A_FILE" });
  }
  for (const path of [pipe, socket]) {
    await assert.rejects(
      updateFile(path, () => "x"),
      { code: "UNTORN_NOT_A_FILE", ...unchanged },
    );
    await assert.rejects(appendLine(path, 1), { code: "UNTORN_NOT_A_FILE", ...unchanged });
  }
});

for (const [kind, name] of [
  ["ASCII", "n".repeat(255)],
  ["two bytes a letter", `${"é".repeat(127)}x`],
  ["three bytes a letter", "€".repeat(85)],
  ["four bytes a letter", `${"\u{1F600}".repeat(63)}abc`],
] as const) {
  test(`a name of 255 bytes can be written, also with ${kind}`, async (t) => {
    const place = folder(t);
    assert.equal(Buffer.byteLength(name), 255);
    await writeFile(join(place, name), "1");
    untornSync(join(place, name), "2");
    await writeFile(join(place, name), "3", { ifMatch: (await readFile(join(place, name))).etag });
    assert.equal(readFileSync(join(place, name), "utf8"), "3");
    await renameFile(join(place, name), join(place, "short"));
    await writeFile(join(place, name), "4", { ifAbsent: true });
    await removeFile(join(place, name));
    assert.deepEqual(unexpected(place, ["short"]), []);
  });
}

test("a name of 256 bytes is too long, and says so at once", async (t) => {
  const place = folder(t);
  const tooLong = { code: "UNTORN_NAME_TOO_LONG", ...unchanged };
  await assert.rejects(writeFile(join(place, "n".repeat(256)), "x"), tooLong);
  await assert.rejects(writeFile(join(place, "€".repeat(86)), "x"), tooLong);
  writeFileSync(join(place, "file"), "old");
  await assert.rejects(renameFile(join(place, "file"), join(place, "n".repeat(256))), tooLong);
  await assert.rejects(writeFile(`${place}/${"d/".repeat(2100)}file`, "x"), tooLong);
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("a loop of symbolic links", async (t) => {
  const place = folder(t);
  symlinkSync("b", join(place, "a"));
  symlinkSync("a", join(place, "b"));
  const loop = { code: "UNTORN_SYMLINK_LOOP", ...unchanged };
  await assert.rejects(writeFile(join(place, "a"), "x"), loop);
  assert.throws(() => untornSync(join(place, "a"), "x"), loop);
  await assert.rejects(readFile(join(place, "a")), loop);
  await assert.rejects(writeFile(join(place, "a/file"), "x"), loop);
  assert.deepEqual(unexpected(place, ["a", "b"]), []);
});

test("two filesystems: a rename between them fails, and both files are as before", async (t) => {
  const place = folder(t);
  let other: string;
  try {
    other = folder(t, "/dev/shm");
  } catch {
    return t.skip("there is no second filesystem at /dev/shm");
  }
  if (statSync(other).dev === statSync(place).dev) return t.skip("/dev/shm is on the same filesystem");
  writeFileSync(join(place, "a"), "a");
  writeFileSync(join(other, "b"), "b");
  for (const options of [{}, { ifAbsent: true }]) {
    const target = join(other, options.ifAbsent === true ? "c" : "b");
    await assert.rejects(renameFile(join(place, "a"), target, options), { code: "UNTORN_CROSS_DEVICE", ...unchanged });
  }
  assert.equal(readFileSync(join(place, "a"), "utf8"), "a");
  assert.equal(readFileSync(join(other, "b"), "utf8"), "b");
  // A link to another filesystem is followed: the temp is made there.
  symlinkSync(join(other, "b"), join(place, "link"));
  await writeFile(join(place, "link"), "through");
  assert.equal(readFileSync(join(other, "b"), "utf8"), "through");
});

test("a read-only directory, a foreign file: refused at once, as an ordinary user", (t) => {
  const place = folder(t);
  writeFileSync(join(place, "file"), "old", { mode: 0o600 });
  chmodSync(place, 0o555);
  beforeRemoval(t, () => chmodSync(place, 0o755));
  const code = `
    const path = ${JSON.stringify(join(place, "file"))};
    const started = Date.now();
    const answers = [];
    answers.push(await attempt(() => untorn.writeFile(path, "new")));
    answers.push(await attempt(() => untorn.writeFileSync(path, "new")));
    answers.push(await attempt(() => untorn.removeFile(path)));
    answers.push(await attempt(() => untorn.renameFile(path, path + "2", { durability: "off" })));
    answers.push(await attempt(() => untorn.writeFile(path + ".new", "new", { ifAbsent: true })));
    report({ answers, took: Date.now() - started });
  `;
  const { report, stderr } = runChild(code, isRoot ? { uid: 65534, gid: 65534 } : {});
  assert.ok(report, stderr);
  const { answers, took } = report as { answers: { error: Record<string, unknown> }[]; took: number };
  for (const { error } of answers) {
    assert.equal(error["code"], "UNTORN_PERMISSION");
    assert.equal(error["outcome"], "unchanged");
  }
  assert.ok(took < 1500, `took ${took} ms: a permanent error was tried again`);
  assert.equal(readFileSync(join(place, "file"), "utf8"), "old");
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("on POSIX no refusal is tried again: it is final", async (t) => {
  const place = folder(t);
  writeFileSync(join(place, "file"), "old");
  for (const fail of ["EPERM", "EACCES", "EBUSY", "EROFS", "EXDEV", "EIO"]) {
    const port = faultPlan(nodePort, { fail, when: ({ verb }) => verb === "rename" });
    const started = Date.now();
    await assert.rejects(new Files(port).writeFile(join(place, "file"), "new"), { systemCode: fail, phase: "commit" });
    assert.equal(port.report.faults, 1, fail);
    assert.ok(Date.now() - started < 1000);
    const removing = faultPlan(nodePort, { fail, when: ({ verb }) => verb === "unlink" });
    await assert.rejects(new Files(removing).removeFile(join(place, "file")), { systemCode: fail });
    assert.equal(removing.report.faults, 1, fail);
  }
  assert.equal(readFileSync(join(place, "file"), "utf8"), "old");
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("without free descriptors a call fails at once and cleanly; 10,000 calls at a time do not use them up", (t) => {
  // In memory where that can be had: ext4 writes a file back whenever another is renamed over it (auto_da_alloc).
  const place = folder(t, inMemory());
  const code = `
    const place = ${JSON.stringify(place)};
    // Loading the modules takes more descriptors than the calls may have: 44 from here on.
    const taken = [];
    try { for (;;) taken.push(fs.openSync("/dev/null", "r")); } catch {}
    for (const fd of taken.splice(-44)) fs.closeSync(fd);
    const calls = [];
    for (let i = 0; i < 10_000; i += 1) calls.push(untorn.writeFile(place + "/many/" + (i % 500), "v" + i, { durability: i % 50 === 0 ? "full" : "off", mkdir: true }));
    const settled = await Promise.allSettled(calls);
    const failed = settled.filter(({ status }) => status === "rejected").map(({ reason }) => String(reason)).slice(0, 3);
    const right = Array.from({ length: 500 }, (_, i) => fs.readFileSync(place + "/many/" + i, "utf8") === "v" + (9500 + i)).every(Boolean);
    const temps = fs.readdirSync(place + "/many").length - 500;
    const open = [];
    try { for (;;) open.push(fs.openSync("/dev/null", "r")); } catch {}
    const none = await attempt(() => untorn.writeFile(place + "/x", "new"));
    const read = await attempt(() => untorn.readFile(place + "/many/1"));
    for (const fd of [...open, ...taken]) fs.closeSync(fd);
    const peak = Math.round(process.resourceUsage().maxRSS / 1024);
    report({ failed, right, temps, none, read, peak, again: (await attempt(() => untorn.writeFile(place + "/x", "new"))).ok?.bytes });
  `;
  const { report, stderr } = runChild(code, { shell: `ulimit -n 256; exec "$@"` });
  assert.ok(report, stderr);
  const found = report as Record<string, unknown> & { none: { error: object }; read: { error: object }; peak: number };
  assert.deepEqual(found["failed"], []);
  assert.equal(found["right"], true);
  assert.equal(found["temps"], 0);
  assert.equal((found.none.error as { code: string }).code, "UNTORN_TOO_MANY_OPEN");
  assert.equal((found.read.error as { code: string }).code, "UNTORN_TOO_MANY_OPEN");
  assert.equal(found["again"], 3);
  assert.ok(found.peak < 400, `${found.peak} MiB`);
});

test("no refusal leaves a descriptor open", async (t) => {
  const place = folder(t);
  mkdirSync(join(place, "dir"));
  writeFileSync(join(place, "empty"), "");
  const before = openDescriptors();
  for (let round = 0; round < 20; round += 1) {
    await Promise.allSettled([
      readFile(join(place, "dir")),
      readFile(join(place, "empty")),
      readFile("/dev/null"),
      writeFile(join(place, "dir"), "x"),
      writeFile(join(place, "empty"), "x", { ifMatch: "0".repeat(64) }),
      removeFile(join(place, "empty"), { ifMatch: "0".repeat(64) }),
      renameFile(join(place, "empty"), join(place, "dir")),
    ]);
  }
  assert.equal(openDescriptors(), before);
});
