import assert from "node:assert/strict";
import { codeOf, get, put } from "./contract-ground.ts";
import type { Check } from "./contract-ground.ts";

/** Symbolic links. */
export const linkCases: readonly Check[] = [
  [
    "a symlink is followed or not, verb by verb",
    (ground) => {
      const {
        port: { fs },
        folder,
        symlink,
      } = ground;
      if (symlink === undefined) return;
      put(ground, `${folder}/a`, "A");
      symlink("a", `${folder}/l`);
      assert.deepEqual([fs.lstat(`${folder}/l`)?.kind, fs.stat(`${folder}/l`)?.kind], ["symlink", "file"]);
      assert.equal(fs.lstat(`${folder}/l`)?.size, 1);
      assert.equal(fs.readlink(`${folder}/l`), "a");
      assert.equal(fs.realpath(`${folder}/l`), `${folder}/a`);
      assert.equal(get(ground, `${folder}/l`), "A");
      assert.equal(
        codeOf(() => fs.open(`${folder}/l`, "overwrite", 0)),
        "ELOOP",
      );
      assert.equal(
        codeOf(() => fs.open(`${folder}/l`, "lock", 0o644)),
        "ELOOP",
      );
      assert.equal(
        codeOf(() => fs.open(`${folder}/l`, "create", 0o644)),
        "EEXIST",
      );
      put(ground, `${folder}/b`, "B");
      fs.rename(`${folder}/b`, `${folder}/l`);
      assert.equal(fs.lstat(`${folder}/l`)?.kind, "file");
      assert.equal(get(ground, `${folder}/a`), "A");
    },
  ],
  [
    "a dangling symlink is there, its target is not",
    (ground) => {
      const {
        port: { fs },
        folder,
        symlink,
      } = ground;
      if (symlink === undefined) return;
      symlink("later", `${folder}/l`);
      assert.equal(fs.lstat(`${folder}/l`)?.kind, "symlink");
      assert.equal(fs.stat(`${folder}/l`), undefined);
      assert.equal(
        codeOf(() => fs.realpath(`${folder}/l`)),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => fs.open(`${folder}/l`, "create", 0o644)),
        "EEXIST",
      );
      assert.equal(
        codeOf(() => fs.mkdir(`${folder}/l`, 0o755)),
        "EEXIST",
      );
      fs.close(fs.open(`${folder}/l`, "append", 0o644));
      assert.equal(fs.stat(`${folder}/later`)?.kind, "file");
      fs.unlink(`${folder}/l`);
      assert.deepEqual(fs.readdir(folder), ["later"]);
    },
  ],
  [
    "`..` is taken from where a symlink has led to",
    (ground) => {
      const {
        port: { fs },
        folder,
        symlink,
      } = ground;
      if (symlink === undefined) return;
      fs.mkdir(`${folder}/d`, 0o755);
      fs.mkdir(`${folder}/d/e`, 0o755);
      put(ground, `${folder}/x`, "outer");
      put(ground, `${folder}/d/x`, "inner");
      symlink("d/e", `${folder}/l`);
      assert.equal(get(ground, `${folder}/l/../x`), "inner");
      assert.equal(fs.realpath(`${folder}/l/../x`), `${folder}/d/x`);
      symlink(`${folder}/d`, `${folder}/absolute`);
      assert.equal(get(ground, `${folder}/absolute/x`), "inner");
      assert.equal(fs.lstat(`${folder}/l/`)?.kind, "directory");
      assert.equal(fs.lstat(`${folder}/l`)?.kind, "symlink");
      symlink("../x", `${folder}/d/up`);
      assert.equal(get(ground, `${folder}/d/up`), "outer");
    },
  ],
  [
    "a loop of symlinks is ELOOP",
    ({ port: { fs }, folder, symlink }) => {
      if (symlink === undefined) return;
      symlink("b", `${folder}/a`);
      symlink("a", `${folder}/b`);
      assert.equal(
        codeOf(() => fs.stat(`${folder}/a`)),
        "ELOOP",
      );
      assert.equal(
        codeOf(() => fs.open(`${folder}/a`, "read", 0)),
        "ELOOP",
      );
      assert.equal(fs.lstat(`${folder}/a`)?.kind, "symlink");
    },
  ],
  [
    "a second name of a symlink is the link itself",
    ({ port: { fs }, folder, symlink }) => {
      if (symlink === undefined) return;
      symlink("nowhere", `${folder}/l`);
      fs.link(`${folder}/l`, `${folder}/m`);
      assert.equal(fs.readlink(`${folder}/m`), "nowhere");
    },
  ],
];
