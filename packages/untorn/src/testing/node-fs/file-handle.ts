import { EventEmitter } from "node:events";

/** Makes a call by name, later. */
export type CallLater = (name: string, ...args: readonly unknown[]) => Promise<unknown>;

/** What `fs.promises.open` resolves to. */
export class MemoryFileHandle extends EventEmitter {
  readonly #call: CallLater;
  #fd: number;

  constructor(fd: number, call: CallLater) {
    super();
    this.#fd = fd;
    this.#call = call;
  }

  get fd(): number {
    return this.#fd;
  }

  async read(...args: readonly unknown[]): Promise<{ bytesRead: number; buffer: unknown }> {
    const given = args[0];
    const isBuffer = ArrayBuffer.isView(given);
    const options = isBuffer ? undefined : (given as { buffer?: unknown } | undefined);
    const buffer = isBuffer ? given : (options?.buffer ?? Buffer.alloc(16_384));
    const rest = isBuffer ? args.slice(1) : [options];
    return { bytesRead: (await this.#call("read", this.#fd, buffer, ...rest)) as number, buffer };
  }

  async write(data: unknown, ...rest: readonly unknown[]): Promise<{ bytesWritten: number; buffer: unknown }> {
    return { bytesWritten: (await this.#call("write", this.#fd, data, ...rest)) as number, buffer: data };
  }

  async writev(buffers: unknown, position?: unknown): Promise<{ bytesWritten: number; buffers: unknown }> {
    return { bytesWritten: (await this.#call("writev", this.#fd, buffers, position)) as number, buffers };
  }

  async readv(buffers: unknown, position?: unknown): Promise<{ bytesRead: number; buffers: unknown }> {
    return { bytesRead: (await this.#call("readv", this.#fd, buffers, position)) as number, buffers };
  }

  readFile(options?: unknown): Promise<unknown> {
    return this.#call("readFile", this.#fd, options);
  }

  writeFile(data: unknown, options?: unknown): Promise<unknown> {
    return this.#call("writeFile", this.#fd, data, options);
  }

  appendFile(data: unknown, options?: unknown): Promise<unknown> {
    return this.#call("writeFile", this.#fd, data, options);
  }

  stat(options?: unknown): Promise<unknown> {
    return this.#call("fstat", this.#fd, options);
  }

  sync(): Promise<unknown> {
    return this.#call("fsync", this.#fd);
  }

  datasync(): Promise<unknown> {
    return this.#call("fdatasync", this.#fd);
  }

  truncate(size?: unknown): Promise<unknown> {
    return this.#call("ftruncate", this.#fd, size);
  }

  chmod(mode: unknown): Promise<unknown> {
    return this.#call("fchmod", this.#fd, mode);
  }

  chown(uid: unknown, gid: unknown): Promise<unknown> {
    return this.#call("fchown", this.#fd, uid, gid);
  }

  utimes(atime: unknown, mtime: unknown): Promise<unknown> {
    return this.#call("futimes", this.#fd, atime, mtime);
  }

  async close(): Promise<void> {
    if (this.#fd === -1) return;
    const fd = this.#fd;
    this.#fd = -1;
    await this.#call("close", fd);
    this.emit("close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
