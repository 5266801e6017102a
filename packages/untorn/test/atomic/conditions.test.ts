import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { readFile, removeFile, renameFile, writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import type { Status } from "../../src/platform/index.ts";
import { faultPlan, interceptPort, memoryPort, recordCalls } from "../../src/testing/index.ts";
import { ended, startChild } from "./support/children.ts";
import { folder, unexpected } from "./support/places.ts";

const etagOf = (text: string): string => createHash("sha256").update(text).digest("hex");

test("ifMatch replaces the content that was read, and no other", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "one");
  const { etag } = await readFile(path);
  assert.equal(etag, etagOf("one"));
  const two = await writeFile(path, "two", { ifMatch: etag });
  const conflict = { code: "UNTORN_CONFLICT", outcome: "unchanged" };
  await assert.rejects(writeFile(path, "three", { ifMatch: etag }), conflict);
  assert.throws(() => untornSync(path, "three", { ifMatch: etag }), conflict);
  await assert.rejects(removeFile(path, { ifMatch: etag }), conflict);
  assert.equal(readFileSync(path, "utf8"), "two");
  // A file that was touched (git checkout, a sync client) but has the same content still matches.
  utimesSync(path, 1, 1);
  untornSync(path, "four", { ifMatch: two.etag });
  assert.equal((await removeFile(path, { ifMatch: etagOf("four") })).changed, true);
  await assert.rejects(writeFile(path, "x", { ifMatch: etag }), conflict);
  assert.deepEqual(unexpected(place, []), []);
});

test("a change between the check at the start and the commit is seen, whatever it leaves the same", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  for (const change of [
    () => untornSync(path, "other", { durability: "off" }),
    // In place: same inode, same size, and the same tick of the kernel's clock.
    () => writeFileSync(path, "TWO"),
    () => void removeFile(path),
  ]) {
    writeFileSync(path, "one");
    let changed = false;
    const port = interceptPort(nodePort, {
      before(call) {
        if (call.verb === "fsync" && !changed) {
          changed = true;
          change();
        }
        return undefined;
      },
    });
    const call = new Files(port).writeFile(path, "mine", { ifMatch: etagOf("one") });
    await assert.rejects(call, { code: "UNTORN_CONFLICT", outcome: "unchanged" });
    assert.equal(changed, true);
    assert.deepEqual(unexpected(place, ["file"]), []);
  }
});

test("a change that leaves inode, size and times the same is seen, as long as the clock may not have moved on", () => {
  const port = memoryPort();
  port.put("/file", "one");
  let changed = false;
  const racing = faultPlan(port, {
    fail: "EIO",
    when({ verb }) {
      if (verb === "fsync" && !changed) {
        changed = true;
        port.put("/file", "TWO");
      }
      return false;
    },
  });
  // A filesystem whose times count in seconds.
  const seconds = (ms: number): number => Math.floor(ms / 1000) * 1000;
  const coarse = (status: Status): Status => ({
    ...status,
    mtimeMs: seconds(status.mtimeMs),
    ctimeMs: seconds(status.ctimeMs),
  });
  Object.assign(racing.fs, {
    fstat: (handle: number) => coarse(port.fs.fstat(handle)),
    lstat: (path: string) => port.fs.lstat(path) && coarse(port.fs.lstat(path) as Status),
  });
  const write = (): unknown => new Files(racing).writeFileSync("/file", "mine", { ifMatch: etagOf("one") });
  assert.throws(write, { code: "UNTORN_CONFLICT", outcome: "unchanged" });
  assert.ok(changed);
  assert.equal(port.tree()["/file"], "TWO");
});

test("a file of which the times say that it is unchanged for long is not read twice", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "one");
  const clock = { ...nodePort.clock, now: () => Date.now() + 60_000 };
  const port = recordCalls(Object.create(nodePort, { clock: { value: clock } }) as typeof nodePort);
  await new Files(port).writeFile(path, "two", { ifMatch: etagOf("one") });
  assert.equal(port.calls.filter(({ verb, path: of }) => verb === "open" && of === path).length, 1);
});

test("ifAbsent never replaces", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  const receipt = await writeFile(path, "first", { ifAbsent: true });
  assert.deepEqual([receipt.created, receipt.via], [true, "link"]);
  const exists = { code: "UNTORN_EXISTS", outcome: "unchanged" };
  await assert.rejects(writeFile(path, "second", { ifAbsent: true }), exists);
  assert.throws(() => untornSync(path, "second", { ifAbsent: true }), exists);
  await assert.rejects(renameFile(path, path, { ifAbsent: true }), exists);
  // Somebody is faster, after the check at the start.
  const late = interceptPort(nodePort, {
    before(call) {
      if (call.verb === "link") writeFileSync(join(place, "raced"), "theirs");
      return undefined;
    },
  });
  await assert.rejects(new Files(late).writeFile(join(place, "raced"), "mine", { ifAbsent: true }), exists);
  assert.equal(readFileSync(join(place, "raced"), "utf8"), "theirs");
  assert.equal(readFileSync(path, "utf8"), "first");
  await assert.rejects(writeFile(path, "x", { ifAbsent: true, ifMatch: etagOf("first") }), {
    code: "UNTORN_INVALID_ARGUMENT",
  });
  assert.deepEqual(unexpected(place, ["file", "raced"]), []);
});

test("a filesystem without hard links cannot keep ifAbsent, and says so", async (t) => {
  const place = folder(t);
  const port = faultPlan(nodePort, { fail: "EPERM", when: ({ verb }) => verb === "link" });
  await assert.rejects(new Files(port).writeFile(join(place, "file"), "x", { ifAbsent: true }), {
    code: "UNTORN_UNSUPPORTED",
    outcome: "unchanged",
    message: /no hard link/,
  });
  assert.deepEqual(unexpected(place, []), []);
});

/** Lines that a child process writes. */
async function output(code: string): Promise<string[]> {
  const child = startChild(code);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stdin?.end();
  const { code: status } = await ended(child);
  assert.equal(status, 0);
  return text.split("\n").filter((line) => line !== "");
}

test("of several processes that create the same files, each file has exactly one creator", async (t) => {
  const place = folder(t);
  const racer = (name: string): string => `
    for (let i = 0; i < 60; i += 1) {
      const path = ${JSON.stringify(place)} + "/" + i;
      const { error } = await attempt(() => i % 2 ? untorn.writeFile(path, "${name}", { ifAbsent: true, durability: "off" }) : untorn.writeFileSync(path, "${name}", { ifAbsent: true, durability: "off" }));
      if (error === undefined) fs.writeSync(1, i + "\\n");
      else if (error.code !== "UNTORN_EXISTS") throw new Error(JSON.stringify(error));
    }
  `;
  const names = ["a", "b", "c"];
  const won = await Promise.all(names.map((name) => output(racer(name))));
  assert.equal(won.flat().length, 60);
  assert.equal(new Set(won.flat()).size, 60);
  for (const [index, name] of names.entries()) {
    for (const line of won[index] ?? []) assert.equal(readFileSync(join(place, line), "utf8"), name);
  }
  assert.equal(unexpected(place, won.flat()).length, 0);
});

test("skipUnchanged leaves the same content alone, and still syncs it", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "same");
  const { ino } = statSync(path);
  const port = recordCalls(nodePort);
  const files = new Files(port);
  const receipt = await files.writeFile(path, "same", { skipUnchanged: true });
  assert.deepEqual([receipt.changed, receipt.via, receipt.bytes, receipt.etag], [false, "none", 4, etagOf("same")]);
  assert.deepEqual(receipt.synced, { file: "synced", directory: "synced", createdDirectories: [] });
  assert.deepEqual(
    port.calls.map(({ verb }) => verb).filter((verb) => verb.toLowerCase().includes("sync")),
    ["fsync", "syncDirectory"],
  );
  for (const data of [new Blob(["same"]), ["sa", "me"]]) {
    assert.equal((await files.writeFile(path, data, { skipUnchanged: true })).changed, false);
  }
  assert.equal(statSync(path).ino, ino);
  assert.equal((await files.writeFile(path, "else", { skipUnchanged: true })).changed, true);
  const off = await files.writeFile(path, "else", { skipUnchanged: true, durability: "off" });
  assert.deepEqual(off.synced, { file: "off", directory: "off", createdDirectories: [] });
});

test("skipUnchanged does not skip a mode that was asked for", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "same");
  chmodSync(path, 0o644);
  assert.equal((await writeFile(path, "same", { skipUnchanged: true, mode: 0o644 })).changed, false);
  assert.equal((await writeFile(path, "same", { skipUnchanged: true, mode: 0o600 })).changed, true);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});
