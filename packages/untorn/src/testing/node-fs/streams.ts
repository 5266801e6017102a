/* oxlint-disable promise/no-callback-in-promise, promise/no-promise-in-callback -- the stream interface is made of callbacks */
import { Readable, Writable } from "node:stream";
import { toOptions } from "./arguments.ts";
import type { CallLater } from "./file-handle.ts";

/** `fs.createWriteStream` over calls that are made later. */
export function createWriteStream(call: CallLater, path: unknown, options?: unknown): Writable {
  const { flags = "w", mode, start, flush, encoding, ...rest } = toOptions(options);
  let fd = -1;
  let position = typeof start === "number" ? start : null;
  const stream = new Writable({
    highWaterMark: 16_384,
    ...rest,
    construct(done) {
      call("open", path, flags, mode).then((opened) => {
        fd = opened as number;
        stream.emit("open", fd);
        stream.emit("ready");
        done();
      }, done);
    },
    write(chunk: unknown, _encoding, done) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding as BufferEncoding) : (chunk as Buffer);
      writeAll(call, fd, bytes, position).then((end) => {
        position = end;
        done();
      }, done);
    },
    final(done) {
      if (flush !== true) return done();
      call("fsync", fd).then(() => done(), done);
    },
    destroy(error, done) {
      if (fd === -1) return done(error);
      call("close", fd).then(
        () => done(error),
        (failure: Error) => done(error ?? failure),
      );
    },
  });
  return Object.assign(stream, { path });
}

async function writeAll(call: CallLater, fd: number, bytes: Buffer, position: number | null): Promise<number | null> {
  let at = position;
  for (let offset = 0; offset < bytes.byteLength;) {
    const count = (await call("write", fd, bytes, offset, bytes.byteLength - offset, at)) as number;
    offset += count;
    if (at !== null) at += count;
  }
  return at;
}

/** `fs.createReadStream` over calls that are made later. */
export function createReadStream(call: CallLater, path: unknown, options?: unknown): Readable {
  const { flags = "r", start = 0, end = Infinity, ...rest } = toOptions(options);
  let fd = -1;
  let position = Number(start);
  const stream = new Readable({
    highWaterMark: 65_536,
    ...rest,
    construct(done) {
      call("open", path, flags).then((opened) => {
        fd = opened as number;
        stream.emit("open", fd);
        stream.emit("ready");
        done();
      }, done);
    },
    read(size) {
      const wanted = Math.max(0, Math.min(size, Number(end) - position + 1));
      if (wanted === 0) {
        stream.push(null);
        return;
      }
      const buffer = Buffer.alloc(wanted);
      call("read", fd, buffer, 0, wanted, position).then(
        (count) => {
          position += count as number;
          stream.push(count === 0 ? null : buffer.subarray(0, count as number));
        },
        (error: Error) => stream.destroy(error),
      );
    },
    destroy(error, done) {
      if (fd === -1) return done(error);
      call("close", fd).then(
        () => done(error),
        (failure: Error) => done(error ?? failure),
      );
    },
  });
  return Object.assign(stream, { path });
}
