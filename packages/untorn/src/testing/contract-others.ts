import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { codeOf, put } from "./contract-ground.ts";
import type { Check } from "./contract-ground.ts";

/** What is not a file: `later`, locks, clock, names, attributes. */
export const otherCases: readonly Check[] = [
  [
    "entries tells kinds without following links, and refuses what readdir refuses",
    (ground) => {
      const {
        port: { fs },
        folder,
        symlink,
      } = ground;
      put(ground, `${folder}/a`, "A");
      fs.mkdir(`${folder}/d`, 0o755);
      symlink?.("d", `${folder}/l`);
      const found = fs.entries(folder).sort((a, b) => (a.name < b.name ? -1 : 1));
      const kinds = found.map(({ name, kind }) => `${name} ${kind}`);
      assert.deepEqual(kinds, ["a file", "d directory", ...(symlink === undefined ? [] : ["l symlink"])]);
      assert.deepEqual(
        [codeOf(() => fs.entries(`${folder}/a`)), codeOf(() => fs.entries(`${folder}/no`))],
        ["ENOTDIR", "ENOENT"],
      );
    },
  ],
  [
    "readInto reads a file from its start, as much as there is room for",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "hello");
      const bytes = Buffer.alloc(8);
      assert.equal(fs.readInto(`${folder}/a`, bytes), 5);
      assert.equal(bytes.toString("utf8", 0, 5), "hello");
      assert.equal(fs.readInto(`${folder}/a`, bytes.subarray(0, 3)), 3);
      assert.equal(
        codeOf(() => fs.readInto(`${folder}/no`, bytes)),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => fs.readInto(folder, bytes)),
        "EISDIR",
      );
    },
  ],
  [
    "the verbs of `later` do what their namesakes do",
    async (ground) => {
      const {
        port: { fs, later },
        folder,
      } = ground;
      const handle = fs.open(`${folder}/a`, "lock", 0o644);
      if (later.write !== undefined) assert.equal(await later.write(handle, Buffer.from("hello"), null), 5);
      else fs.write(handle, Buffer.from("hello"), null);
      const bytes = Buffer.alloc(8);
      if (later.read !== undefined) assert.equal(await later.read(handle, bytes, 1), 4);
      else fs.read(handle, bytes, 1);
      assert.equal(bytes.toString("utf8", 0, 4), "ello");
      if (later.fsync !== undefined) assert.equal(await later.fsync(handle), "synced");
      if (later.syncDirectory !== undefined) {
        assert.equal(await later.syncDirectory(folder), "synced");
        await assert.rejects(later.syncDirectory(`${folder}/no`), { code: "ENOENT", syscall: "open" });
      }
      fs.close(handle);
      if (later.fsync !== undefined) await assert.rejects(later.fsync(handle), { code: "EBADF" });
    },
  ],
  [
    "a lock excludes every other handle until it is given up or closed",
    ({ port: { fs, traits }, folder }) => {
      if (!traits.kernelLocks) return;
      const handles = [1, 2, 3].map(() => fs.open(`${folder}/lock`, "lock", 0o644));
      const [first = -1, second = -1, third = -1] = handles;
      assert.equal(fs.tryLock(first, true), true);
      assert.equal(fs.tryLock(second, true), true);
      assert.equal(fs.tryLock(third, false), false);
      fs.close(first);
      fs.close(second);
      assert.equal(fs.tryLock(third, false), true);
      const fourth = fs.open(`${folder}/lock`, "lock", 0o644);
      assert.equal(fs.tryLock(fourth, true), false);
      fs.unlock(third);
      assert.equal(fs.tryLock(fourth, true), true);
      fs.close(third);
      fs.close(fourth);
    },
  ],
  [
    "random names do not repeat, the clock goes forward",
    async ({ port }) => {
      const names = new Set(Array.from({ length: 1000 }, () => port.randomName()));
      assert.equal(names.size, 1000);
      for (const name of names) assert.match(name, /^[0-9a-z]{13,}$/);
      const before = port.clock.now();
      port.clock.pause(2);
      await port.clock.later(2);
      assert.ok(port.clock.now() >= before + 3);
      assert.equal(port.liveness(port.identity), "alive");
    },
  ],
  [
    "attributes are copied, or the loss is named",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "A");
      const handle = fs.open(`${folder}/b`, "create", 0o600);
      const outcome = fs.copyAttributes(`${folder}/a`, handle);
      assert.equal(typeof outcome.kept, "number");
      const missing = fs.copyAttributes(`${folder}/no`, handle);
      assert.ok("lost" in missing && missing.kept === 0);
      fs.close(handle);
    },
  ],
];
