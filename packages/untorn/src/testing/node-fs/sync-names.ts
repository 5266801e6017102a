import { metadataEffect } from "../effects.ts";
import { systemError } from "../system-error.ts";
import { walk } from "../path-walk.ts";
import { toMode, toOptions, toPath } from "./arguments.ts";
import { bigStats, MemoryDirent, MemoryStats } from "./stats.ts";
import { SyncHandles } from "./sync-handles.ts";
import type { Inode } from "../volume.ts";

/** The synchronous functions of `node:fs` on names, over a memory port. */
export class MemoryNodeFs extends SyncHandles {
  statSync(path: unknown, options?: unknown): object | undefined {
    return this.#status(path, options, true);
  }

  lstatSync(path: unknown, options?: unknown): object | undefined {
    return this.#status(path, options, false);
  }

  existsSync(path: unknown): boolean {
    try {
      return this.port.fs.stat(toPath(path)) !== undefined;
    } catch {
      return false;
    }
  }

  accessSync(path: unknown, mode: unknown = 0): void {
    const inode = this.#inode(path, true, "access");
    const bits = Number(mode) & 7;
    if (bits !== 0 && !this.port.fs.permits(inode, bits)) throw systemError("EACCES", "access", toPath(path));
  }

  chmodSync(path: unknown, mode: unknown): void {
    const inode = this.#inode(path, true, "chmod");
    const { fs } = this.port;
    if (fs.uid !== 0 && fs.uid !== inode.uid) throw systemError("EPERM", "chmod", toPath(path));
    this.port.machine.commit(metadataEffect(inode, { mode: toMode(mode, 0) & 0o7777 }));
  }

  chownSync(path: unknown, uid: number, gid: number): void {
    this.#chown(path, uid, gid, true, "chown");
  }

  lchownSync(path: unknown, uid: number, gid: number): void {
    this.#chown(path, uid, gid, false, "lchown");
  }

  utimesSync(path: unknown, _atime: unknown, mtime: unknown): void {
    this.setTimes(this.#inode(path, true, "utime").ino, mtime);
  }

  lutimesSync(path: unknown, _atime: unknown, mtime: unknown): void {
    this.setTimes(this.#inode(path, false, "lutime").ino, mtime);
  }

  renameSync(source: unknown, target: unknown): void {
    this.port.fs.rename(toPath(source), toPath(target));
  }

  linkSync(source: unknown, target: unknown): void {
    this.port.fs.link(toPath(source), toPath(target));
  }

  symlinkSync(target: unknown, path: unknown): void {
    this.port.symlink(String(target), toPath(path));
  }

  unlinkSync(path: unknown): void {
    this.port.fs.unlink(toPath(path));
  }

  rmdirSync(path: unknown, options?: unknown): void {
    if (toOptions(options)["recursive"] === true) return this.rmSync(path, { recursive: true });
    this.port.fs.rmdir(toPath(path));
  }

  rmSync(path: unknown, options?: unknown): void {
    const { recursive, force } = toOptions(options);
    const at = toPath(path);
    const status = this.port.fs.lstat(at);
    if (status === undefined) {
      if (force === true) return;
      throw systemError("ENOENT", "lstat", at);
    }
    if (status.kind !== "directory") return this.port.fs.unlink(at);
    if (recursive !== true) throw Object.assign(systemError("EISDIR", "rm", at), { code: "ERR_FS_EISDIR" });
    for (const name of this.port.fs.readdir(at)) this.rmSync(`${at}/${name}`, { recursive });
    this.port.fs.rmdir(at);
  }

  mkdirSync(path: unknown, options?: unknown): string | undefined {
    const { recursive, mode } = typeof options === "object" ? toOptions(options) : { recursive: false, mode: options };
    const at = toPath(path);
    if (recursive !== true) {
      this.port.fs.mkdir(at, toMode(mode, 0o777));
      return undefined;
    }
    const status = this.port.fs.stat(at);
    if (status?.kind === "directory") return undefined;
    if (status !== undefined) throw systemError("EEXIST", "mkdir", at);
    const parent = at.replace(/\/+[^/]+\/*$/, "");
    const first = parent === "" ? undefined : this.mkdirSync(parent, options);
    this.port.fs.mkdir(at, toMode(mode, 0o777));
    return first ?? at;
  }

  mkdtempSync(prefix: unknown): string {
    const path = `${toPath(prefix)}${this.port.randomName().slice(0, 6)}`;
    this.port.fs.mkdir(path, 0o700);
    return path;
  }

  readdirSync(path: unknown, options?: unknown): (string | MemoryDirent)[] {
    const { withFileTypes, recursive } = toOptions(options);
    const at = toPath(path);
    const result: (string | MemoryDirent)[] = [];
    const visit = (folder: string, prefix: string): void => {
      for (const name of this.port.fs.readdir(folder)) {
        const kind = this.port.fs.lstat(`${folder}/${name}`)?.kind ?? "other";
        result.push(withFileTypes === true ? new MemoryDirent(name, folder, kind) : `${prefix}${name}`);
        if (recursive === true && kind === "directory") visit(`${folder}/${name}`, `${prefix}${name}/`);
      }
    };
    visit(at, "");
    return result;
  }

  readlinkSync(path: unknown): string {
    return this.port.fs.readlink(toPath(path));
  }

  realpathSync(path: unknown): string {
    return this.port.fs.realpath(toPath(path));
  }

  copyFileSync(source: unknown, target: unknown, mode: unknown = 0): void {
    const [from, to] = [toPath(source), toPath(target)];
    try {
      const flag = (Number(mode) & 1) === 0 ? "w" : "wx";
      this.writeFileSync(to, this.readFileSync(from), { flag, mode: this.port.fs.stat(from)?.mode });
    } catch (error) {
      throw systemError((error as NodeJS.ErrnoException).code ?? "EIO", "copyfile", from, to);
    }
  }

  #status(path: unknown, options: unknown, follow: boolean): object | undefined {
    const at = toPath(path);
    const status = follow ? this.port.fs.stat(at) : this.port.fs.lstat(at);
    const { bigint, throwIfNoEntry } = toOptions(options);
    if (status === undefined) {
      if (throwIfNoEntry === false) return undefined;
      throw systemError("ENOENT", follow ? "stat" : "lstat", at);
    }
    const stats = new MemoryStats(status);
    return bigint === true ? bigStats(stats) : stats;
  }

  #chown(path: unknown, uid: number, gid: number, follow: boolean, syscall: string): void {
    const inode = this.#inode(path, follow, syscall);
    const { fs } = this.port;
    const own =
      fs.uid === inode.uid && (uid < 0 || uid === inode.uid) && (gid < 0 || gid === fs.gid || gid === inode.gid);
    if (fs.uid !== 0 && !own) throw systemError("EPERM", syscall, toPath(path));
    const owner = { uid: uid < 0 ? inode.uid : uid, gid: gid < 0 ? inode.gid : gid };
    this.port.machine.commit(metadataEffect(inode, owner));
  }

  #inode(path: unknown, follow: boolean, syscall: string): Inode {
    const at = toPath(path);
    const fail = (code: string): never => {
      throw systemError(code, syscall, at);
    };
    const { ino } = walk(this.port.fs, at, follow, fail);
    return this.port.machine.volume.get(ino ?? fail("ENOENT"));
  }
}
