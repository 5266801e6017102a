import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import {
  removeFile,
  renameFile,
  renameFileSync,
  removeFileSync,
  writeFile,
  writeFileSync as untornSync,
} from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { recordCalls } from "../../src/testing/index.ts";
import { folder, unexpected } from "./support/places.ts";

/** A folder with a file, and ways to spell the file's path. */
function spellings(place: string): readonly string[] {
  mkdirSync(join(place, "real"));
  const path = join(place, "real/file");
  writeFileSync(path, "old");
  symlinkSync("real", join(place, "link"));
  symlinkSync("real/file", join(place, "alias"));
  symlinkSync("alias", join(place, "alias2"));
  return [
    path,
    relative(process.cwd(), path),
    `${place}/real/../real/./file`,
    `${place}//real///file`,
    join(place, "link/file"),
    join(place, "alias"),
    join(place, "alias2"),
  ];
}

test("the last call wins, whatever spellings and links the calls go through", async (t) => {
  const place = folder(t);
  const paths = spellings(place);
  const [path = ""] = paths;
  for (let round = 0; round < 3; round += 1) {
    const calls: Promise<unknown>[] = [];
    for (const [index, first] of paths.entries()) {
      // Large first, so that it would end last if the two ran side by side.
      calls.push(writeFile(first, "x".repeat(400_000)));
      const last = paths[(index + round + 1) % paths.length] as string;
      calls.push(writeFile(last, `${round} ${index}`));
    }
    await Promise.all(calls);
    assert.equal(readFileSync(path, "utf8"), `${round} ${paths.length - 1}`);
  }
  assert.deepEqual(unexpected(place, ["real", "link", "alias", "alias2"]), []);
  assert.deepEqual(unexpected(join(place, "real"), ["file"]), []);
});

test("names that differ in case or in Unicode form only take their turn, which costs nothing where they are two files", async (t) => {
  const place = folder(t);
  const order: string[] = [];
  await Promise.all(
    ["File", "FILE", "file", "caf\u00e9", "cafe\u0301"].map((name) =>
      writeFile(join(place, name), name === "File" ? "x".repeat(400_000) : name).then(() => order.push(name)),
    ),
  );
  assert.ok(order.indexOf("File") < order.indexOf("FILE"));
  assert.ok(order.indexOf("FILE") < order.indexOf("file"));
  assert.ok(order.indexOf("caf\u00e9") < order.indexOf("cafe\u0301"));
});

test("a synchronous call comes after the asynchronous ones that were made before it", async (t) => {
  const place = folder(t);
  const paths = spellings(place);
  const [path = ""] = paths;
  for (const sync of paths) {
    for (const waiting of [1, 2, 5]) {
      const calls = Array.from({ length: waiting }, (_, index) =>
        writeFile(paths[index % paths.length] as string, `async ${index}`),
      );
      untornSync(sync, "sync");
      assert.equal(readFileSync(path, "utf8"), "sync");
      const receipts = await Promise.all(calls);
      assert.equal(new Set(receipts.map(({ etag }) => etag)).size, waiting);
      assert.equal(readFileSync(path, "utf8"), "sync");
    }
  }
  assert.deepEqual(unexpected(join(place, "real"), ["file"]), []);
});

test("a call that a synchronous one has run reports its own failure", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  const conflict = writeFile(path, "x", { ifMatch: "0".repeat(64) });
  const exists = writeFile(path, "x", { ifAbsent: true });
  const good = writeFile(path, "good");
  untornSync(path, "sync");
  await assert.rejects(conflict, { code: "UNTORN_CONFLICT" });
  await assert.rejects(exists, { code: "UNTORN_EXISTS" });
  await good;
  assert.equal(readFileSync(path, "utf8"), "sync");
});

test("removals and renames keep their place among writes, asynchronous and synchronous", async (t) => {
  const place = folder(t);
  const at = (name: string): string => join(place, name);
  await Promise.all([
    writeFile(at("a"), "1"),
    renameFile(at("a"), at("b")),
    writeFile(at("a"), "2"),
    removeFile(at("a")),
    writeFile(at("a"), "3"),
    renameFile(at("b"), at("c")),
    writeFile(at("b"), "4"),
  ]);
  assert.deepEqual(
    ["a", "b", "c"].map((name) => readFileSync(at(name), "utf8")),
    ["3", "4", "1"],
  );
  const calls = [writeFile(at("a"), "5"), renameFile(at("a"), at("d"))];
  renameFileSync(at("d"), at("e"));
  assert.equal(readFileSync(at("e"), "utf8"), "5");
  calls.push(writeFile(at("e"), "6"));
  removeFileSync(at("e"));
  await Promise.all(calls);
  assert.deepEqual(unexpected(place, ["b", "c"]), []);
});

test("a link that is replaced or removed keeps its place among writes through it", async (t) => {
  const place = folder(t);
  writeFileSync(join(place, "target"), "old");
  symlinkSync("target", join(place, "middle"));
  symlinkSync("middle", join(place, "outer"));
  await Promise.all([
    writeFile(join(place, "target"), "x".repeat(400_000)),
    writeFile(join(place, "outer"), "through"),
    writeFile(join(place, "middle"), "in place of the link", { symlinks: "replace" }),
    writeFile(join(place, "outer"), "through again"),
    removeFile(join(place, "outer")),
  ]);
  assert.equal(readFileSync(join(place, "target"), "utf8"), "through");
  assert.equal(readFileSync(join(place, "middle"), "utf8"), "through again");
  assert.deepEqual(unexpected(place, ["target", "middle"]), []);
});

test("calls find each other also where the first of them makes the directory", async (t) => {
  const place = folder(t);
  const options = { mkdir: true };
  const calls = [writeFile(join(place, "new/sub/file"), "x".repeat(400_000), options)];
  assert.ok(statSync(join(place, "new/sub")).isDirectory());
  calls.push(writeFile(`${place}/./new/sub/../sub/file`, "2", options));
  calls.push(writeFile(join(place, "new/sub/file"), "3"));
  await Promise.all(calls);
  assert.equal(readFileSync(join(place, "new/sub/file"), "utf8"), "3");
  const again = writeFile(join(place, "newer/file"), "x".repeat(400_000), options);
  untornSync(join(place, "newer/file"), "sync", options);
  await again;
  assert.equal(readFileSync(join(place, "newer/file"), "utf8"), "sync");
});

test("a call means the path that it meant when it was made", async (t) => {
  const place = folder(t);
  mkdirSync(join(place, "elsewhere"));
  const before = process.cwd();
  process.chdir(place);
  try {
    const calls = [writeFile("file", "1"), writeFile("file", "2"), renameFile("file", "moved"), removeFile("moved")];
    calls.push(writeFile("file", "3"));
    process.chdir("elsewhere");
    const receipts = await Promise.all(calls);
    assert.equal(receipts[1]?.path, join(realpathSync(place), "file"));
  } finally {
    process.chdir(before);
  }
  assert.deepEqual(unexpected(place, ["file", "elsewhere"]), []);
  assert.deepEqual(unexpected(join(place, "elsewhere"), []), []);
});

test("options are read when the call is made, and never written to", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "old", { mode: 0o600 });
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const options = { mode: 0o640, owner: { ...owner }, durability: "off" as const };
  const calls = [writeFile(path, "1", options), writeFile(path, "2", options)];
  assert.deepEqual(options, { mode: 0o640, owner, durability: "off" });
  options.mode = 0o666;
  options.owner.uid = 12345;
  await Promise.all(calls);
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.equal(statSync(path).uid, owner.uid);
  const frozen = Object.freeze({ mode: 0o600 });
  await writeFile(path, "3", frozen);
  untornSync(path, "4", frozen);
  await removeFile(path, Object.freeze({}));
});

test("1,000 calls with coalesce are two writes, and every caller is told", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  const port = recordCalls(nodePort);
  const files = new Files(port);
  const receipts = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => files.writeFile(path, `${index}`, { coalesce: true })),
  );
  assert.equal(readFileSync(path, "utf8"), "999");
  assert.equal(port.calls.filter(({ verb }) => verb === "rename").length, 2);
  assert.equal(receipts[0]?.calls, 1);
  assert.deepEqual(new Set(receipts.slice(1).map(({ calls }) => calls)), new Set([999]));
  assert.equal(receipts[1]?.etag, receipts[999]?.etag);
});

test("with coalesce, two files whose names differ in letter case are two", async (t) => {
  const place = folder(t);
  const files = new Files(recordCalls(nodePort));
  const [first, ...names] = ["notes", "notes", "Notes", "NOTES"];
  await Promise.all(
    [first, ...names].map((name, index) => files.writeFile(join(place, name ?? ""), `${index}`, { coalesce: true })),
  );
  const isFolding = existsSync(join(place, "nOTES"));
  const contents = ["notes", "Notes", "NOTES"].map((name) => readFileSync(join(place, name), "utf8"));
  assert.deepEqual(contents, isFolding ? ["3", "3", "3"] : ["1", "2", "3"]);
});

test("with coalesce, only calls that ask for the same join, and none overtakes another", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  symlinkSync("file", join(place, "link"));
  const port = recordCalls(nodePort);
  const files = new Files(port);
  const coalesce = true;
  const receipts = await Promise.all([
    files.writeFile(path, "0", { coalesce }),
    files.writeFile(path, "1", { coalesce }),
    files.writeFile(path, "2", { coalesce, mode: 0o600 }),
    files.writeFile(path, "3", { coalesce, mode: 0o600 }),
    files.writeFile(path, "4", { coalesce, signal: new AbortController().signal }),
    files.writeFile(path, "5"),
    files.writeFile(path, "6", { coalesce }),
    files.writeFile(join(place, "link"), "7", { coalesce }),
    files.writeFile(path, Readable.from(["8"]), { coalesce }),
    files.writeFile(path, Readable.from(["9"]), { coalesce }),
  ]);
  assert.deepEqual(
    receipts.map(({ calls }) => calls),
    [1, 1, 2, 2, 1, 1, 1, 1, 1, 1],
  );
  assert.equal(receipts[2]?.etag, receipts[3]?.etag);
  assert.equal(readFileSync(path, "utf8"), "9");
  const [, failed] = await Promise.allSettled([
    files.writeFile(join(place, "missing/file"), "x", { coalesce }),
    files.writeFile(join(place, "missing/file"), "y", { coalesce }),
  ]);
  assert.equal(failed?.status, "rejected");
});

test("20,000 calls in one queue are aborted or run synchronously without running out of stack", async (t) => {
  const path = join(folder(t), "file");
  const control = new AbortController();
  const options = { durability: "off", signal: control.signal } as const;
  const first = writeFile(path, "first");
  const calls = Array.from({ length: 20_000 }, () => writeFile(path, "x", options).catch(() => "aborted"));
  control.abort();
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(["aborted"]));
  await first;
  const more = Array.from({ length: 3_000 }, (_, index) => writeFile(path, `${index}`, { durability: "off" }));
  untornSync(path, "sync", { durability: "off" });
  await Promise.all(more);
  assert.equal(readFileSync(path, "utf8"), "sync");
});
