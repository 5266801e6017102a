import type { Handle } from "../../platform/index.ts";
import { metadataEffect } from "../effects.ts";
import type { MemoryPort } from "../memory-port.ts";
import { systemError } from "../system-error.ts";
import { decode, toBytes, toFlags, toMode, toMs, toOptions, toPath } from "./arguments.ts";
import { bigStats, MemoryStats } from "./stats.ts";

/** The synchronous functions of `node:fs` on descriptors, and those on whole files that are made of them. */
export class SyncHandles {
  readonly port: MemoryPort;

  constructor(port: MemoryPort) {
    this.port = port;
  }

  openSync(path: unknown, flags: unknown = "r", mode?: unknown): Handle {
    return this.port.fs.openWith(toPath(path), toFlags(flags), toMode(mode, 0o666));
  }

  closeSync(fd: Handle): void {
    this.port.fs.close(fd);
  }

  /** (fd, buffer, offset, length, position) or (fd, buffer, options). */
  readSync(fd: Handle, buffer: unknown, offset?: unknown, length?: unknown, position?: unknown): number {
    const whole = toBytes(buffer);
    const options = toOptions(offset);
    const from = Number((typeof offset === "object" ? options["offset"] : offset) ?? 0);
    const count = Number((typeof offset === "object" ? options["length"] : length) ?? whole.byteLength - from);
    const at = (typeof offset === "object" ? options["position"] : position) ?? null;
    return this.port.fs.read(fd, whole.subarray(from, from + count), toPosition(at));
  }

  /** (fd, buffer, offset, length, position), (fd, buffer, options) or (fd, text, position, encoding). */
  writeSync(fd: Handle, data: unknown, offset?: unknown, length?: unknown, position?: unknown): number {
    if (typeof data === "string") return this.port.fs.write(fd, toBytes(data, length), toPosition(offset));
    const whole = toBytes(data);
    const options = toOptions(offset);
    const from = Number((typeof offset === "object" ? options["offset"] : offset) ?? 0);
    const count = Number((typeof offset === "object" ? options["length"] : length) ?? whole.byteLength - from);
    const at = (typeof offset === "object" ? options["position"] : position) ?? null;
    return this.port.fs.write(fd, whole.subarray(from, from + count), toPosition(at));
  }

  writevSync(fd: Handle, buffers: readonly unknown[], position?: unknown): number {
    const whole = Buffer.concat(buffers.map((buffer) => toBytes(buffer)));
    return this.port.fs.write(fd, whole, toPosition(position));
  }

  readvSync(fd: Handle, buffers: readonly unknown[], position?: unknown): number {
    let at = toPosition(position);
    let sum = 0;
    for (const buffer of buffers) {
      const bytes = toBytes(buffer);
      const count = this.port.fs.read(fd, bytes, at);
      sum += count;
      if (at !== null) at += count;
      if (count < bytes.byteLength) break;
    }
    return sum;
  }

  ftruncateSync(fd: Handle, size: unknown = 0): void {
    this.port.fs.truncate(fd, Number(size));
  }

  fsyncSync(fd: Handle): void {
    this.port.fs.fsync(fd);
  }

  /** fdatasync(2) leaves out only times, which no model keeps: it was measured to be as good as fsync. */
  fdatasyncSync(fd: Handle): void {
    this.port.fs.fsync(fd);
  }

  fstatSync(fd: Handle, options?: unknown): object {
    const stats = new MemoryStats(this.port.fs.fstat(fd));
    return toOptions(options)["bigint"] === true ? bigStats(stats) : stats;
  }

  fchmodSync(fd: Handle, mode: unknown): void {
    this.port.fs.chmod(fd, toMode(mode, 0));
  }

  fchownSync(fd: Handle, uid: number, gid: number): void {
    this.port.fs.chown(fd, uid, gid);
  }

  futimesSync(fd: Handle, _atime: unknown, mtime: unknown): void {
    this.setTimes(this.port.fs.fstat(fd).ino, mtime);
  }

  readFileSync(file: unknown, options?: unknown): Buffer | string {
    const { encoding, flag = "r" } = toOptions(options);
    const bytes = this.#with(file, flag, 0o666, (fd) => {
      const whole = Buffer.alloc(this.port.fs.fstat(fd).size);
      return whole.subarray(0, this.port.fs.read(fd, whole, typeof file === "number" ? null : 0));
    });
    return decode(bytes, encoding);
  }

  writeFileSync(file: unknown, data: unknown, options?: unknown): void {
    const { encoding, flag = "w", mode, flush } = toOptions(options);
    const bytes = toBytes(data, encoding);
    this.#with(file, flag, mode, (fd) => {
      for (let offset = 0; offset < bytes.byteLength;) offset += this.port.fs.write(fd, bytes.subarray(offset), null);
      if (flush === true) this.fsyncSync(fd);
    });
  }

  appendFileSync(file: unknown, data: unknown, options?: unknown): void {
    this.writeFileSync(file, data, { flag: "a", ...toOptions(options) });
  }

  truncateSync(path: unknown, size: unknown = 0): void {
    this.#with(path, "r+", 0, (fd) => this.ftruncateSync(fd, size));
  }

  protected setTimes(ino: number, mtime: unknown): void {
    const { machine } = this.port;
    machine.commit(metadataEffect(machine.volume.get(ino), {}));
    machine.volume.own(ino).mtimeMs = toMs(mtime);
  }

  #with<T>(file: unknown, flags: unknown, mode: unknown, action: (fd: Handle) => T): T {
    if (typeof file === "number") return action(file);
    const fd = this.openSync(file, flags, mode);
    try {
      return action(fd);
    } finally {
      this.closeSync(fd);
    }
  }
}

function toPosition(position: unknown): number | null {
  if (typeof position === "bigint") return position < 0n ? null : Number(position);
  return typeof position === "number" && position >= 0 ? position : null;
}

/** For functions that the simulator does not have. */
export function notSimulated(name: string): never {
  throw Object.assign(systemError("ENOSYS", name), { message: `the crash simulator does not have fs.${name}` });
}
