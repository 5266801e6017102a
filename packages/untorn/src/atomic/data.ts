import { UntornError } from "../platform/index.ts";

/** What a stream or an iterable may yield: text (encoded as `encoding` says) or bytes. */
export type Chunk = string | ArrayBufferView | ArrayBuffer;

/** What can be written: text, bytes of any kind, a Blob, or chunks that come one after the other. */
export type Data =
  | string
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | Blob
  | Iterable<Chunk>
  | AsyncIterable<Chunk>;

/**
 * Where the bytes come from. `known` is the whole content where it is in memory; otherwise `next` gives one piece after
 * the other, and the content can be read only once.
 */
export interface Source {
  readonly known: readonly Uint8Array[] | undefined;
  next(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Tells the producer that no more is wanted; never throws. */
  close(): void;
}

export function toSource(data: Data, encoding: BufferEncoding, path: string): Source {
  const bytes = toBytes(data, encoding);
  if (bytes !== undefined) return knownSource([bytes]);
  if (Array.isArray(data)) return knownSource(data.map((chunk) => requireBytes(chunk, encoding, path)));
  if (data instanceof Blob) return pulledSource(data.stream() as AsyncIterable<Chunk>, encoding, path);
  if (isObject(data) && (Symbol.asyncIterator in data || Symbol.iterator in data)) {
    return pulledSource(data as AsyncIterable<Chunk> | Iterable<Chunk>, encoding, path);
  }
  throw invalid(
    path,
    `data is ${describeValue(data)}, which cannot be written; it takes text, bytes, a Blob, a stream or an iterable of them`,
  );
}

function knownSource(pieces: readonly Uint8Array[]): Source {
  let index = 0;
  return { known: pieces, next: () => pieces[index++], close() {} };
}

function pulledSource(data: AsyncIterable<Chunk> | Iterable<Chunk>, encoding: BufferEncoding, path: string): Source {
  let iterator: AsyncIterator<Chunk> | Iterator<Chunk> | undefined;
  const toPiece = (step: IteratorResult<Chunk>): Uint8Array | undefined =>
    step.done === true ? undefined : requireBytes(step.value, encoding, path);
  return {
    known: undefined,
    next() {
      iterator ??= Symbol.asyncIterator in data ? data[Symbol.asyncIterator]() : data[Symbol.iterator]();
      const step = iterator.next();
      return step instanceof Promise ? step.then(toPiece) : toPiece(step);
    },
    close() {
      // A producer that fails while it is told to stop has nothing more to say about the file.
      try {
        const ended: unknown = iterator?.return?.();
        if (ended instanceof Promise) ended.catch(() => {});
      } catch {}
    },
  };
}

function requireBytes(chunk: unknown, encoding: BufferEncoding, path: string): Uint8Array {
  const bytes = toBytes(chunk, encoding);
  if (bytes === undefined)
    throw invalid(path, `the data holds a chunk that is ${describeValue(chunk)}, not text or bytes`);
  return bytes;
}

/** A view of the very bytes: `byteLength` of them, whatever the element size (a Float64Array(4) is 32 bytes). */
function toBytes(data: unknown, encoding: BufferEncoding): Uint8Array | undefined {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `an object (${value.constructor?.name ?? "no prototype"})` : `a ${typeof value}`;
}

function invalid(path: string, problem: string): UntornError {
  return new UntornError({ code: "UNTORN_INVALID_ARGUMENT", path, phase: "arguments", outcome: "unchanged", problem });
}
