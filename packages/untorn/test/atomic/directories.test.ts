import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { faultPlan, recordCalls } from "../../src/testing/index.ts";
import type { RecordedCall } from "../../src/testing/index.ts";
import { folder, unexpected } from "./support/places.ts";

const directorySyncs = (calls: readonly RecordedCall[]): string[] =>
  calls.filter(({ verb }) => verb === "syncDirectory").map(({ path }) => path);

test("what is synced is what the durability says, and the receipt says the same", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  for (const [durability, file, directory] of [
    ["full", "synced", "synced"],
    ["normal", "synced", "off"],
    ["off", "off", "off"],
  ] as const) {
    for (const sync of [true, false]) {
      const port = recordCalls(nodePort);
      const files = new Files(port);
      const receipt = sync
        ? files.writeFileSync(path, durability, { durability })
        : await files.writeFile(path, durability, { durability });
      assert.deepEqual(receipt.synced, { file, directory, createdDirectories: [] });
      const verbs = port.calls.map(({ verb }) => verb);
      assert.equal(verbs.includes("fsync"), file === "synced");
      assert.deepEqual(directorySyncs(port.calls), directory === "synced" ? [place] : []);
      const order = ["fsync", "rename", "syncDirectory"].map((verb) => verbs.indexOf(verb as "fsync"));
      assert.deepEqual(
        order.filter((at) => at >= 0),
        order.filter((at) => at >= 0).toSorted((a, b) => a - b),
      );
    }
    const port = recordCalls(nodePort);
    const files = new Files(port);
    await files.renameFile(path, join(place, "moved"), { durability });
    assert.deepEqual(directorySyncs(port.calls), directory === "synced" ? [place] : []);
    await files.removeFile(join(place, "moved"), { durability });
    assert.deepEqual(directorySyncs(port.calls), directory === "synced" ? [place, place] : []);
  }
});

test("200 writes at once in one directory share its syncs; each of them begins after the entries that it is for", async (t) => {
  const place = folder(t);
  const port = recordCalls(nodePort);
  const files = new Files(port);
  await Promise.all(Array.from({ length: 200 }, (_, index) => files.writeFile(join(place, `${index}`), `${index}`)));
  const syncs = port.calls.filter(({ verb }) => verb === "syncDirectory");
  const renames = port.calls.filter(({ verb }) => verb === "rename");
  assert.equal(renames.length, 200);
  assert.ok(syncs.length <= 100, `${syncs.length} directory syncs`);
  assert.ok(syncs.length >= 1);
  // The last sync to begin covers the last rename.
  const last = Math.max(...renames.map(({ index }) => index));
  assert.ok(Math.max(...syncs.map(({ index }) => index)) > last);
  for (let index = 0; index < 200; index += 1) assert.equal(readFileSync(join(place, `${index}`), "utf8"), `${index}`);
});

test("a write never shares a directory sync that had begun before its rename", async (t) => {
  const place = folder(t);
  const events: string[] = [];
  let release: () => void = () => {};
  const blocked = new Promise<void>((resolve) => (release = resolve));
  const port = Object.create(nodePort, {
    later: {
      value: {
        ...nodePort.later,
        async syncDirectory(path: string) {
          events.push("sync begins");
          if (events.length === 1) await blocked;
          return nodePort.fs.syncDirectory(path);
        },
      },
    },
  }) as Port;
  const files = new Files(port);
  const first = files.writeFile(join(place, "a"), "a").then(() => events.push("a is told"));
  while (events.length === 0) await new Promise((resolve) => void setImmediate(resolve));
  const second = files.writeFile(join(place, "b"), "b").then(() => events.push("b is told"));
  for (let turn = 0; turn < 50 && !unexpected(place, ["a"]).includes("b"); turn += 1) {
    await new Promise((resolve) => void setTimeout(resolve, 2));
  }
  release();
  await Promise.all([first, second]);
  assert.ok(events.indexOf("sync begins", 1) < events.indexOf("b is told"), events.join(", "));
  assert.equal(events.filter((event) => event === "sync begins").length, 2);
});

test("a failing directory sync is told to everybody who shares it, and not to the next", async (t) => {
  const place = folder(t);
  const port = faultPlan(nodePort, { fail: "EIO", when: ({ verb }) => verb === "syncDirectory", times: 1 });
  const files = new Files(port);
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => files.writeFile(join(place, `${index}`), "x", { durability: "full" })),
  );
  const failed = results.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
  assert.ok(failed.length >= 1);
  for (const { reason } of failed) {
    assert.equal(reason.code, "UNTORN_IO");
    assert.equal(reason.phase, "sync-directory");
    assert.equal(reason.outcome, "replaced");
    assert.match(String(reason.message), /may not survive a power cut/);
  }
  assert.equal(unexpected(place, []).length, 8);
  await files.writeFile(join(place, "next"), "x");
});

test("directories that are made on the way are synced in the directories that hold them", async (t) => {
  const place = folder(t);
  const port = recordCalls(nodePort);
  const files = new Files(port);
  const path = join(place, "a/b/c/file");
  await assert.rejects(files.writeFile(path, "x"), { code: "UNTORN_NOT_FOUND", message: /mkdir: true/ });
  const receipt = await files.writeFile(path, "x", { mkdir: true });
  assert.deepEqual(
    receipt.synced.createdDirectories,
    ["a", "a/b", "a/b/c"].map((name) => join(place, name)),
  );
  assert.deepEqual(
    directorySyncs(port.calls),
    ["a/b/c", "a/b", "a", "."].map((name) => join(place, name)),
  );
  const again = recordCalls(nodePort);
  await new Files(again).writeFile(path, "y", { mkdir: true });
  assert.deepEqual(directorySyncs(again.calls), [join(place, "a/b/c")]);
});

test("a call that finds a directory which another call has just made relies on it as much", async (t) => {
  const place = folder(t);
  const port = recordCalls(nodePort);
  const files = new Files(port);
  // This one makes the directory, and does not sync it.
  await files.writeFile(join(place, "new/first"), "x", { mkdir: true, durability: "off" });
  assert.deepEqual(directorySyncs(port.calls), []);
  symlinkSync("new", join(place, "link"));
  await files.writeFile(join(place, "link/second"), "x");
  assert.deepEqual(directorySyncs(port.calls), [join(place, "link"), place]);
  await files.writeFile(join(place, "new/third"), "x");
  assert.deepEqual(directorySyncs(port.calls), [join(place, "link"), place, join(place, "new")]);
});

test("mkdir meets a file, a dangling link, and another process that is faster", async (t) => {
  const place = folder(t);
  writeFileSync(join(place, "file"), "old");
  symlinkSync("nowhere", join(place, "dangling"));
  const files = new Files(nodePort);
  const mkdir = { mkdir: true };
  for (const name of ["file/x", "file/x/y", "dangling/x"]) {
    await assert.rejects(files.writeFile(join(place, name), "x", mkdir), { code: "UNTORN_NOT_FOUND" }, name);
  }
  const raced = new Files(
    Object.create(nodePort, {
      fs: {
        value: {
          ...nodePort.fs,
          mkdir(path: string, mode: number) {
            mkdirSync(path);
            nodePort.fs.mkdir(path, mode);
          },
        },
      },
    }) as Port,
  );
  const receipt = await raced.writeFile(join(place, "raced/sub/x"), "x", mkdir);
  assert.equal(receipt.synced.createdDirectories.length, 2);
  assert.equal(readFileSync(join(place, "file"), "utf8"), "old");
  const before = process.umask(0o027);
  try {
    await files.writeFile(join(place, "masked/x"), "x", mkdir);
    assert.equal(statSync(join(place, "masked")).mode & 0o777, 0o750);
  } finally {
    process.umask(before);
  }
});

test("where directories cannot be synced the receipt says so, with the reason", async (t) => {
  const place = folder(t);
  const cannot = { unsupported: "directories cannot be synced here (EINVAL)" } as const;
  const port = Object.create(nodePort, {
    fs: { value: { ...nodePort.fs, syncDirectory: () => cannot, fsync: () => ({ unsupported: "no" }) } },
    later: { value: {} },
  }) as Port;
  const files = new Files(port);
  const receipt = await files.writeFile(join(place, "file"), "x");
  assert.deepEqual([receipt.synced.file, receipt.synced.directory], ["unsupported", "unsupported"]);
  assert.deepEqual(receipt.notes, ["no", cannot.unsupported]);
  const moved = files.renameFileSync(join(place, "file"), join(place, "moved"));
  assert.deepEqual([moved.synced.directory, moved.notes], ["unsupported", ["no", cannot.unsupported]]);
});
