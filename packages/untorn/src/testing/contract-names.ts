import assert from "node:assert/strict";
import { codeOf, get, put } from "./contract-ground.ts";
import type { Check } from "./contract-ground.ts";

/** Names in directories. */
export const nameCases: readonly Check[] = [
  [
    "rename replaces, moves and refuses as rename(2) says",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "A");
      put(ground, `${folder}/b`, "B");
      fs.rename(`${folder}/a`, `${folder}/b`);
      assert.deepEqual(fs.readdir(folder).sort(), ["b"]);
      assert.equal(get(ground, `${folder}/b`), "A");
      fs.mkdir(`${folder}/d`, 0o755);
      fs.mkdir(`${folder}/e`, 0o755);
      put(ground, `${folder}/e/x`, "X");
      assert.equal(
        codeOf(() => fs.rename(`${folder}/b`, `${folder}/d`)),
        "EISDIR",
      );
      assert.equal(
        codeOf(() => fs.rename(`${folder}/d`, `${folder}/b`)),
        "ENOTDIR",
      );
      assert.equal(
        codeOf(() => fs.rename(`${folder}/d`, `${folder}/e`)),
        "ENOTEMPTY",
      );
      assert.equal(
        codeOf(() => fs.rename(`${folder}/e`, `${folder}/e/x/y`)),
        "ENOTDIR",
      );
      assert.equal(
        codeOf(() => fs.rename(`${folder}/e`, `${folder}/e/y`)),
        "EINVAL",
      );
      assert.equal(
        codeOf(() => fs.rename(`${folder}/b`, `${folder}/c/`)),
        "ENOTDIR",
      );
      assert.equal(
        codeOf(() => fs.rename(`${folder}/no`, `${folder}/c`)),
        "ENOENT",
      );
      fs.rename(`${folder}/e`, `${folder}/d`);
      assert.equal(get(ground, `${folder}/d/x`), "X");
      fs.rename(`${folder}/b`, `${folder}/d/b`);
      assert.deepEqual(fs.readdir(`${folder}/d`).sort(), ["b", "x"]);
    },
  ],
  [
    "rename of two names of one file does nothing",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "A");
      fs.link(`${folder}/a`, `${folder}/b`);
      fs.rename(`${folder}/a`, `${folder}/b`);
      fs.rename(`${folder}/a`, `${folder}/a`);
      assert.deepEqual(fs.readdir(folder).sort(), ["a", "b"]);
      assert.equal(fs.stat(`${folder}/a`)?.nlink, 2);
    },
  ],
  [
    "link makes a second name and never replaces",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "A");
      fs.link(`${folder}/a`, `${folder}/b`);
      assert.equal(fs.stat(`${folder}/a`)?.ino, fs.stat(`${folder}/b`)?.ino);
      assert.equal(
        codeOf(() => fs.link(`${folder}/a`, `${folder}/b`)),
        "EEXIST",
      );
      assert.equal(
        codeOf(() => fs.link(`${folder}/no`, `${folder}/c`)),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => fs.link(folder, `${folder}/c`)),
        "EPERM",
      );
      fs.unlink(`${folder}/a`);
      assert.equal(get(ground, `${folder}/b`), "A");
      assert.equal(fs.stat(`${folder}/b`)?.nlink, 1);
    },
  ],
  [
    "unlink and rmdir each take their own kind",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "A");
      fs.mkdir(`${folder}/d`, 0o755);
      put(ground, `${folder}/d/x`, "X");
      assert.ok(["EISDIR", "EPERM"].includes(codeOf(() => fs.unlink(`${folder}/d`))));
      assert.equal(
        codeOf(() => fs.rmdir(`${folder}/a`)),
        "ENOTDIR",
      );
      assert.equal(
        codeOf(() => fs.rmdir(`${folder}/d`)),
        "ENOTEMPTY",
      );
      assert.equal(
        codeOf(() => fs.rmdir(`${folder}/d/.`)),
        "EINVAL",
      );
      assert.equal(
        codeOf(() => fs.unlink(`${folder}/no`)),
        "ENOENT",
      );
      fs.unlink(`${folder}/d/x`);
      fs.rmdir(`${folder}/d`);
      fs.unlink(`${folder}/a`);
      assert.deepEqual(fs.readdir(folder), []);
    },
  ],
  [
    "mkdir makes one directory, with mode, and counts as a link of its parent",
    ({ port: { fs }, folder }) => {
      const before = fs.stat(folder)?.nlink ?? 0;
      fs.mkdir(`${folder}/d`, 0o700);
      assert.deepEqual([fs.stat(`${folder}/d`)?.kind, fs.stat(`${folder}/d`)?.mode], ["directory", 0o700]);
      // btrfs and overlay file systems count directories as 1.
      assert.ok([before, before + 1].includes(fs.stat(folder)?.nlink ?? 0));
      assert.equal(
        codeOf(() => fs.mkdir(`${folder}/d`, 0o700)),
        "EEXIST",
      );
      assert.equal(
        codeOf(() => fs.mkdir(`${folder}/x/y`, 0o700)),
        "ENOENT",
      );
      fs.mkdir(`${folder}/e/`, 0o700);
      assert.deepEqual(fs.readdir(folder).sort(), ["d", "e"]);
    },
  ],
  [
    "readdir and readlink refuse what they cannot list",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "A");
      assert.equal(
        codeOf(() => fs.readdir(`${folder}/a`)),
        "ENOTDIR",
      );
      assert.equal(
        codeOf(() => fs.readdir(`${folder}/no`)),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => fs.readlink(`${folder}/a`)),
        "EINVAL",
      );
      assert.equal(
        codeOf(() => fs.readlink(`${folder}/no`)),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => fs.realpath(`${folder}/no`)),
        "ENOENT",
      );
    },
  ],
  [
    "lstat and stat know only one kind of absent",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "A");
      assert.equal(fs.lstat(`${folder}/no`), undefined);
      assert.equal(fs.stat(`${folder}/no/x`), undefined);
      assert.equal(
        codeOf(() => fs.stat(`${folder}/${"n".repeat(256)}`)),
        "ENAMETOOLONG",
      );
      assert.equal(fs.stat(`${folder}/./a`)?.size, 1);
      assert.equal(fs.stat(`${folder}//a`)?.kind, "file");
      assert.equal(fs.stat(`${folder}/.`)?.kind, "directory");
    },
  ],
];
