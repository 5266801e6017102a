import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { codeOf, get, put } from "./contract-ground.ts";
import type { Check } from "./contract-ground.ts";

/** Open files. */
export const fileCases: readonly Check[] = [
  [
    "create makes a file with its mode and refuses a taken name",
    ({ port: { fs }, folder }) => {
      const path = `${folder}/a`;
      const handle = fs.open(path, "create", 0o600);
      const status = fs.fstat(handle);
      assert.deepEqual([status.kind, status.size, status.mode, status.nlink], ["file", 0, 0o600, 1]);
      fs.close(handle);
      assert.equal(
        codeOf(() => fs.open(path, "create", 0o600)),
        "EEXIST",
      );
    },
  ],
  [
    "an error carries code, errno, syscall and path",
    ({ port: { fs }, folder }) => {
      const path = `${folder}/missing`;
      assert.throws(() => fs.open(path, "read", 0), {
        message: `ENOENT: no such file or directory, open '${path}'`,
        code: "ENOENT",
        syscall: "open",
        path,
      });
      assert.throws(() => fs.rename(path, `${path}2`), {
        message: `ENOENT: no such file or directory, rename '${path}' -> '${path}2'`,
        code: "ENOENT",
        syscall: "rename",
        path,
        dest: `${path}2`,
      });
      try {
        fs.readdir(path);
        assert.fail();
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).syscall, "scandir");
        assert.ok(((error as NodeJS.ErrnoException).errno ?? 0) < 0);
      }
    },
  ],
  [
    "open answers with the code of its kind of refusal",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/file`, "x");
      fs.mkdir(`${folder}/dir`, 0o755);
      const answers = {
        "read missing": codeOf(() => fs.open(`${folder}/no`, "read", 0)),
        "overwrite missing": codeOf(() => fs.open(`${folder}/no`, "overwrite", 0)),
        "create in a missing directory": codeOf(() => fs.open(`${folder}/no/a`, "create", 0o600)),
        "create under a file": codeOf(() => fs.open(`${folder}/file/a`, "create", 0o600)),
        "create over a directory": codeOf(() => fs.open(`${folder}/dir`, "create", 0o600)),
        "append to a directory": codeOf(() => fs.open(`${folder}/dir`, "append", 0o600)),
        "overwrite a directory": codeOf(() => fs.open(`${folder}/dir`, "overwrite", 0)),
        "a file with a slash": codeOf(() => fs.open(`${folder}/file/`, "read", 0)),
        "a name of 256 bytes": codeOf(() => fs.open(`${folder}/${"n".repeat(256)}`, "create", 0o600)),
        "a name of 256 bytes in 128 letters": codeOf(() => fs.open(`${folder}/${"é".repeat(128)}`, "create", 0o600)),
        "an empty path": codeOf(() => fs.open("", "read", 0)),
      };
      assert.deepEqual(answers, {
        "read missing": "ENOENT",
        "overwrite missing": "ENOENT",
        "create in a missing directory": "ENOENT",
        "create under a file": "ENOTDIR",
        "create over a directory": "EEXIST",
        "append to a directory": "EISDIR",
        "overwrite a directory": "EISDIR",
        "a file with a slash": "ENOTDIR",
        "a name of 256 bytes": "ENAMETOOLONG",
        "a name of 256 bytes in 128 letters": "ENAMETOOLONG",
        "an empty path": "ENOENT",
      });
      fs.close(fs.open(`${folder}/${"n".repeat(255)}`, "create", 0o600));
    },
  ],
  [
    "write goes where it is told, read gets what is there",
    ({ port: { fs }, folder }) => {
      const handle = fs.open(`${folder}/a`, "lock", 0o644);
      assert.equal(fs.write(handle, Buffer.from("hello"), null), 5);
      assert.equal(fs.write(handle, Buffer.from(" world"), null), 6);
      assert.equal(fs.write(handle, Buffer.from("J"), 0), 1);
      assert.equal(fs.write(handle, Buffer.from("!"), 14), 1);
      const bytes = Buffer.alloc(32, 0x7e);
      assert.equal(fs.read(handle, bytes, 0), 15);
      assert.equal(bytes.toString("latin1", 0, 16), "Jello world\0\0\0!~");
      assert.equal(fs.read(handle, bytes, 15), 0);
      assert.equal(fs.read(handle, bytes.subarray(0, 3), 6), 3);
      assert.equal(bytes.toString("latin1", 0, 3), "wor");
      assert.equal(fs.write(handle, new Uint8Array(0), null), 0);
      fs.truncate(handle, 5);
      fs.truncate(handle, 7);
      assert.equal(fs.fstat(handle).size, 7);
      assert.equal(fs.read(handle, bytes, 0), 7);
      assert.equal(bytes.toString("latin1", 0, 7), "Jello\0\0");
      fs.close(handle);
    },
  ],
  [
    "append always goes to the end, also with a position",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/log`, "one\n");
      const first = fs.open(`${folder}/log`, "append", 0o644);
      const second = fs.open(`${folder}/log`, "append", 0o644);
      fs.write(first, Buffer.from("two\n"), null);
      fs.write(second, Buffer.from("three\n"), null);
      fs.write(first, Buffer.from("four\n"), null);
      fs.close(first);
      fs.close(second);
      assert.equal(get(ground, `${folder}/log`), "one\ntwo\nthree\nfour\n");
    },
  ],
  [
    "append and lock make a missing file, lock keeps what is there",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      fs.close(fs.open(`${folder}/log`, "append", 0o640));
      assert.equal(fs.stat(`${folder}/log`)?.mode, 0o640);
      put(ground, `${folder}/b`, "kept");
      fs.close(fs.open(`${folder}/b`, "lock", 0o644));
      fs.close(fs.open(`${folder}/b`, "overwrite", 0));
      assert.equal(get(ground, `${folder}/b`), "kept");
    },
  ],
  [
    "a handle does only what it was opened for",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "abc");
      const reading = fs.open(`${folder}/a`, "read", 0);
      const writing = fs.open(`${folder}/b`, "create", 0o644);
      const directory = fs.open(folder, "read", 0);
      assert.equal(
        codeOf(() => fs.write(reading, Buffer.from("x"), 0)),
        "EBADF",
      );
      assert.equal(
        codeOf(() => fs.truncate(reading, 0)),
        "EINVAL",
      );
      assert.equal(
        codeOf(() => fs.read(writing, Buffer.alloc(1), 0)),
        "EBADF",
      );
      assert.equal(
        codeOf(() => fs.read(directory, Buffer.alloc(1), 0)),
        "EISDIR",
      );
      for (const handle of [reading, writing, directory]) fs.close(handle);
      assert.equal(
        codeOf(() => fs.close(reading)),
        "EBADF",
      );
      assert.equal(
        codeOf(() => fs.write(writing, Buffer.from("x"), null)),
        "EBADF",
      );
    },
  ],
  [
    "an open file outlives its name, and its replacement is another file",
    (ground) => {
      const {
        port: { fs },
        folder,
      } = ground;
      put(ground, `${folder}/a`, "old");
      put(ground, `${folder}/b`, "new");
      const handle = fs.open(`${folder}/a`, "read", 0);
      fs.rename(`${folder}/b`, `${folder}/a`);
      const bytes = Buffer.alloc(8);
      assert.equal(bytes.toString("utf8", 0, fs.read(handle, bytes, 0)), "old");
      assert.equal(fs.fstat(handle).nlink, 0);
      assert.notEqual(fs.fstat(handle).ino, fs.stat(`${folder}/a`)?.ino);
      assert.equal(get(ground, `${folder}/a`), "new");
      fs.close(handle);
    },
  ],
  [
    "chmod sets the bits that umask kept away",
    ({ port: { fs }, folder }) => {
      const handle = fs.open(`${folder}/a`, "create", 0o600);
      fs.chmod(handle, 0o666);
      assert.equal(fs.fstat(handle).mode, 0o666);
      fs.chmod(handle, 0o4755);
      assert.equal(fs.fstat(handle).mode, 0o4755);
      const { uid, gid } = fs.fstat(handle);
      fs.chown(handle, uid, gid);
      assert.equal(fs.fstat(handle).mode, 0o755);
      fs.close(handle);
    },
  ],
  [
    "sync says what it did",
    ({ port: { fs }, folder }) => {
      const handle = fs.open(`${folder}/a`, "create", 0o600);
      assert.equal(fs.fsync(handle), "synced");
      fs.close(handle);
      assert.equal(fs.syncDirectory(folder), "synced");
      assert.equal(
        codeOf(() => fs.syncDirectory(`${folder}/no`)),
        "ENOENT",
      );
      assert.equal(
        codeOf(() => fs.fsync(handle)),
        "EBADF",
      );
    },
  ],
];
