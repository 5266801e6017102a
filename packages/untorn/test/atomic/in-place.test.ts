import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { etagOf, Files, finishInPlace, parseTempName, tempName } from "../../src/atomic/index.ts";
import { writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import type { Port, ProcessIdentity } from "../../src/platform/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { faultPlan, interceptPort } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { runChild, startChild } from "./support/children.ts";
import { mount } from "./support/mounts.ts";
import { folder, openDescriptors, unexpected } from "./support/places.ts";

const inPlace = "journaled";
const busy: Fault = { fail: "EBUSY", when: ({ verb }) => verb === "rename" };
const onMount = new Files(faultPlan(nodePort, busy));

test("in place, a failing disk puts the old content back; if even that fails, the error names the backup", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  const old = "old content\n".repeat(100);
  let isFull = true;
  const failing = (times: number) => {
    const when = (call: { verb: string; path: string }): boolean =>
      isFull && call.verb === "write" && call.path === path;
    const torn: Fault = { short: 512, times: 1, when };
    return new Files(faultPlan(nodePort, [busy, torn, { fail: "ENOSPC", times, when }]));
  };
  writeFileSync(path, old, { mode: 0o640 });
  chmodSync(path, 0o640);
  const call = failing(1).writeFile(path, "new".repeat(400), { inPlace, mode: 0o600 });
  await assert.rejects(call, { code: "UNTORN_DISK_FULL", outcome: "unchanged", message: /old content was put back/ });
  assert.equal(readFileSync(path, "utf8"), old);
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.deepEqual(unexpected(place, ["file"]), []);
  const files = failing(9);
  const error = await files.writeFile(path, "new".repeat(400), { inPlace }).then(
    () => assert.fail("it should have failed"),
    (thrown: unknown) => thrown as Error,
  );
  assert.equal((error as unknown as { outcome: string }).outcome, "unknown");
  const [backup = ""] = backups(place);
  assert.notEqual(readFileSync(path, "utf8"), old);
  assert.ok(error.message.includes(join(place, backup)));
  assert.equal(readFileSync(join(place, backup), "utf8"), old);
  isFull = false;
  await files.writeFile(path, "next", { inPlace, ifMatch: etagOf(Buffer.from(old)) });
  assert.equal(readFileSync(path, "utf8"), "next");
  assert.deepEqual(backups(place), []);
});

const dead: ProcessIdentity = { ...nodePort.identity, pid: 2 ** 22 + 7 };

/** What an interrupted write by `owner` leaves: the file with this content, the backup, the new content. */
function interrupted(place: string, content: string | Buffer, old: string, fresh: string, owner = dead): Port {
  const port = Object.create(nodePort, { identity: { value: owner } }) as Port;
  writeFileSync(join(place, "file"), content);
  writeFileSync(join(place, tempName(port, "tmp", "file", [etagOf(Buffer.from(fresh))])), fresh);
  const digests = [etagOf(Buffer.from(old)), etagOf(Buffer.from(fresh))];
  writeFileSync(join(place, tempName(port, "bak", "file", digests)), old);
  return port;
}

const finish = (place: string, port: Port = nodePort) =>
  runSync(port, finishInPlace(port, { path: join(place, "file"), directory: place, base: "file" }));
const backups = (place: string): string[] => readdirSync(place).filter((name) => parseTempName(name)?.kind === "bak");

const sector = (letter: string): string => letter.repeat(512);
const oldText = sector("a") + sector("b") + sector("c") + "tail of the old";
const newText = sector("1") + sector("2") + sector("3") + sector("4") + "end";

const mixtures: readonly (readonly [name: string, content: string, result: "old" | "new" | "left"])[] = [
  ["not begun", oldText, "old"],
  ["complete", newText, "new"],
  ["begun", newText.slice(0, 512) + oldText.slice(512), "old"],
  ["written out of order", oldText.slice(0, 512) + newText.slice(512, 1024) + oldText.slice(1024), "old"],
  ["longer than the old, cut short", newText.slice(0, 2048), "old"],
  ["with a block that was never written", newText.slice(0, 1536) + oldText.slice(1536) + "\0".repeat(400), "old"],
  ["edited since", `${oldText} and an edit`, "left"],
  ["replaced since", "something else", "left"],
  ["a mixture within a sector", `1${oldText.slice(1)}`, "left"],
];

for (const [name, content, result] of mixtures) {
  test(`an interrupted in-place write, ${name}: ${result}`, (t) => {
    const place = folder(t);
    interrupted(place, content, oldText, newText);
    const { finished, left } = finish(place);
    const now = readFileSync(join(place, "file"), "utf8");
    assert.ok(now === (result === "old" ? oldText : result === "new" ? newText : content), `now: ${now.slice(0, 20)}`);
    assert.equal(finished.length, result === "left" ? 0 : 1);
    assert.deepEqual(
      backups(place).map((base) => join(place, base)),
      left,
    );
    assert.deepEqual(finish(place), { finished: [], left }, "finishing again changes nothing");
    assert.equal(readFileSync(join(place, "file"), "utf8"), now);
  });
}

test("a backup that is not complete was never relied upon", (t) => {
  const place = folder(t);
  interrupted(place, oldText, oldText, newText);
  const [backup = ""] = backups(place);
  writeFileSync(join(place, backup), oldText.slice(0, 700));
  writeFileSync(join(place, "file"), "changed by somebody");
  assert.equal(finish(place).finished.length, 1);
  assert.equal(readFileSync(join(place, "file"), "utf8"), "changed by somebody");
  assert.deepEqual(backups(place), []);
});

test("without the new content beside it, a file that is neither is left alone", (t) => {
  const place = folder(t);
  interrupted(place, newText.slice(0, 512) + oldText.slice(512), oldText, newText);
  for (const name of readdirSync(place)) if (name.endsWith(".tmp")) writeFileSync(join(place, name), "cleaned");
  assert.equal(finish(place).left.length, 1);
});

test("a writer that may be at work is not disturbed", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  const child = startChild(
    `await new Promise((resolve) => { process.stdin.on("end", resolve); process.stdin.resume(); report("up"); });`,
  );
  t.after(() => child.kill("SIGKILL"));
  await new Promise((resolve) => void child.stdout?.once("data", resolve));
  const alive = { ...nodePort.identity, pid: child.pid as number };
  const field = readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")[1]?.split(" ")[19];
  interrupted(place, oldText, oldText, newText, { ...alive, startTime: Number(field).toString(36) });
  await assert.rejects(onMount.writeFile(path, "x", { inPlace }), {
    code: "UNTORN_BUSY",
    outcome: "unchanged",
    message: new RegExp(`process ${child.pid} is rewriting it in place`),
  });
  assert.equal(backups(place).length, 1);
  child.stdin?.end();
});

test("a writer in another container is judged by its lock", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  if (!nodePort.traits.kernelLocks) return t.skip("there are no kernel-released locks here");
  const elsewhere = { ...dead, scope: "00000000" };
  interrupted(place, newText.slice(0, 512) + oldText.slice(512), oldText, newText, elsewhere);
  const backup = join(place, backups(place)[0] as string);
  const handle = nodePort.fs.open(backup, "overwrite", 0);
  assert.equal(nodePort.fs.tryLock(handle, false), true);
  const before = openDescriptors();
  await assert.rejects(onMount.writeFile(path, "x", { inPlace }), {
    code: "UNTORN_BUSY",
    message: /cannot be looked at/,
  });
  assert.equal(openDescriptors(), before);
  const withoutLocks = Object.create(nodePort, {
    traits: { value: { ...nodePort.traits, kernelLocks: false } },
  }) as Port;
  nodePort.fs.close(handle);
  assert.throws(() => finish(place, withoutLocks), { code: "UNTORN_BUSY" });
  assert.equal(finish(place).finished.length, 1);
  assert.equal(readFileSync(path, "utf8"), oldText);
});

test("where the kernel's locks fail (NFS without its lock service) the backup may be in use; no descriptor is left open", (t) => {
  const place = folder(t);
  interrupted(place, oldText, oldText, newText, { ...dead, scope: "00000000" });
  const traits = { ...nodePort.traits, kernelLocks: true };
  const locked = Object.create(nodePort, { traits: { value: traits } }) as Port;
  const before = openDescriptors();
  for (const fail of ["ENOTSUP", "EIO"]) {
    const port = faultPlan(locked, { fail, when: ({ verb }) => verb === "tryLock" });
    assert.throws(() => finish(place, port), { code: "UNTORN_BUSY", outcome: "unchanged" });
  }
  const port = faultPlan(locked, { fail: "EIO", when: ({ verb, path }) => verb === "lstat" && path === place });
  assert.throws(() => finish(place, port), { code: "UNTORN_IO", phase: "recover", outcome: "unchanged" });
  assert.equal(openDescriptors(), before);
  assert.equal(backups(place).length, 1);
});

test("a write in place holds the lock on its backup as long as the file is not whole", (t) => {
  const place = folder(t);
  if (!nodePort.traits.kernelLocks) return t.skip("there are no kernel-released locks here");
  writeFileSync(join(place, "file"), "old");
  let seen: boolean | undefined;
  const port = interceptPort(faultPlan(nodePort, busy), {
    before(call) {
      if (call.verb === "truncate") {
        const handle = nodePort.fs.open(join(place, backups(place)[0] as string), "overwrite", 0);
        seen = nodePort.fs.tryLock(handle, false);
        nodePort.fs.close(handle);
      }
      return undefined;
    },
  });
  new Files(port).writeFileSync(join(place, "file"), "new", { inPlace });
  assert.equal(seen, false);
});

test("inPlace changes nothing where a rename works, or where another error comes", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  assert.equal((await writeFile(path, "new", { inPlace })).via, "rename");
  const files = new Files(faultPlan(nodePort, { fail: "EIO", when: ({ verb }) => verb === "rename" }));
  await assert.rejects(files.writeFile(path, "x", { inPlace }), { code: "UNTORN_IO", outcome: "unchanged" });
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("a killed in-place write to a real mount is finished by the next one", (t) => {
  const place = folder(t);
  const path = join(place, "config.json");
  const outside = join(place, "outside.json");
  writeFileSync(outside, oldText);
  writeFileSync(path, "");
  const reason = mount(t, ["--bind", outside], path);
  if (reason !== undefined) return t.skip(reason);
  const code = `
    const killing = interceptPort(nodePort, { before(call) { if (call.verb === "truncate") process.kill(process.pid, "SIGKILL"); } });
    new Files(killing).writeFileSync(${JSON.stringify(path)}, "short", { inPlace: "journaled" });
  `;
  assert.equal(runChild(code).signal, "SIGKILL");
  assert.ok(![oldText, "short"].includes(readFileSync(path, "utf8")), "the kill should have left a mixture");
  const etag = etagOf(Buffer.from(oldText));
  untornSync(path, "next", { inPlace, ifMatch: etag });
  assert.equal(readFileSync(outside, "utf8"), "next");
  assert.deepEqual(backups(place), []);
});
