import { invalidArgument, isUntornError, UntornError } from "../platform/index.ts";
import { encodeExactly } from "./encode.ts";
import { etagOfPieces } from "./etag.ts";

/** What a stream or an iterable may yield: text (encoded as `encoding` says) or bytes. */
export type Chunk = string | ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

/**
 * What can be written: text, bytes of any kind, a Blob, or chunks that come one after the other. Bytes must not be
 * changed before the call has settled. A stream is used up or destroyed, whatever becomes of the call.
 */
export type Data = Chunk | Blob | Iterable<Chunk> | AsyncIterable<Chunk>;

/** Content that is in memory. */
export interface KnownContent {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  /** Computed when it is first asked for, and once: of large content it takes as long as the write. */
  etag(): string;
}

/**
 * Where the bytes come from. `known` is the whole content where it is in memory; otherwise `next` gives one piece after
 * the other, and the content can be read only once.
 */
export interface Source {
  readonly known: KnownContent | undefined;
  /** Whether `next` answers with promises, which only the asynchronous call can wait for. */
  readonly asynchronous: boolean;
  next(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Tells the producer that no more is wanted; never throws. */
  close(): void;
}

/** Takes the data as it is passed to a call; throws UNTORN_INVALID_ARGUMENT for what cannot be written exactly. */
export function toSource(data: Data, encoding: BufferEncoding, path: string): Source {
  const bytes = toBytes(data, encoding, path);
  if (bytes !== undefined) return knownSource([bytes]);
  if (Array.isArray(data)) return knownSource(data.map((chunk) => requireBytes(chunk, encoding, path)));
  const toPiece = (step: IteratorResult<unknown>): Uint8Array | undefined =>
    step.done === true ? undefined : requireBytes(step.value, encoding, path);
  if (isObject(data)) {
    if (data instanceof Blob) return webSource(data.stream(), toPiece);
    if (isWebStream(data)) return webSource(data, toPiece);
    if (isNodeStream(data)) return nodeSource(data, toPiece, path);
    if (Symbol.asyncIterator in data) return asyncSource(data as AsyncIterable<unknown>, toPiece);
    if (Symbol.iterator in data) return syncSource(data as Iterable<unknown>, toPiece);
  }
  throw invalidArgument(
    path,
    `data is ${describeValue(data)}, which cannot be written; it takes text, bytes, a Blob, a stream or an iterable of them`,
  );
}

/** The same source with its bytes copied where that is cheap: a call that has to wait must not see them change. */
export function snapshot(source: Source): Source {
  const { known } = source;
  if (known === undefined || known.bytes > copiedBytes) return source;
  return knownSource(known.pieces.map((piece) => Uint8Array.from(piece)));
}

const copiedBytes = 1024 * 1024;

type ToPiece = (step: IteratorResult<unknown>) => Uint8Array | undefined;

/** `etag`: that of all the pieces, where it was computed already. */
export function knownSource(pieces: readonly Uint8Array[], etag?: string): Source {
  let index = 0;
  let known = etag;
  const bytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  return {
    known: { pieces, bytes, etag: () => (known ??= etagOfPieces(pieces)) },
    asynchronous: false,
    next: () => pieces[index++],
    close() {},
  };
}

function syncSource(data: Iterable<unknown>, toPiece: ToPiece): Source {
  let iterator: Iterator<unknown> | undefined;
  return {
    known: undefined,
    asynchronous: false,
    next: () => toPiece((iterator ??= data[Symbol.iterator]()).next()),
    close: () => ignoringErrors(() => (iterator ?? (data as Partial<Iterator<unknown>>)).return?.()),
  };
}

function asyncSource(data: AsyncIterable<unknown>, toPiece: ToPiece): Source {
  let iterator: AsyncIterator<unknown> | undefined;
  return {
    known: undefined,
    asynchronous: true,
    next: async () => toPiece(await (iterator ??= data[Symbol.asyncIterator]()).next()),
    close: () => ignoringErrors(() => (iterator ?? (data as Partial<AsyncIterator<unknown>>)).return?.()),
  };
}

interface NodeStream extends AsyncIterable<unknown> {
  destroy(): unknown;
  readonly destroyed?: boolean;
  readonly readableEnded?: boolean;
  on?(event: "error", listener: () => void): unknown;
}

/** A stream that has ended yields nothing when it is iterated again: it would put an empty file in place. */
function nodeSource(stream: NodeStream, toPiece: ToPiece, path: string): Source {
  const source = asyncSource(stream, toPiece);
  let begun = false;
  return {
    known: undefined,
    asynchronous: true,
    next() {
      if (!begun && stream.readableEnded === true) throw usedUp(path);
      begun = true;
      return source.next();
    },
    close() {
      // An iterator's `return` waits for the piece that is asked for, which may never come; destroy does not.
      stream.on?.("error", () => {});
      ignoringErrors(() => stream.destroy());
    },
  };
}

interface WebStream {
  getReader(): { read(): Promise<IteratorResult<unknown>>; cancel(): Promise<unknown> };
  cancel(): Promise<unknown>;
}

function webSource(stream: WebStream, toPiece: ToPiece): Source {
  let reader: ReturnType<WebStream["getReader"]> | undefined;
  return {
    known: undefined,
    asynchronous: true,
    next: async () => toPiece(await (reader ??= stream.getReader()).read()),
    close: () => ignoringErrors(() => (reader ?? stream).cancel()),
  };
}

/** What a source throws is the caller's; what is wrong with the data says so itself. */
export function sourceFailed(cause: unknown, path: string): UntornError {
  if (isUntornError(cause)) return cause;
  return new UntornError({ code: "UNTORN_SOURCE", path, phase: "source", outcome: "unchanged", cause });
}

function usedUp(path: string): UntornError {
  const problem = "the stream has ended already: its data went elsewhere";
  return new UntornError({ code: "UNTORN_SOURCE", path, phase: "source", outcome: "unchanged", problem });
}

/** A producer that fails while it is told to stop has nothing more to say about the file. */
function ignoringErrors(stop: () => unknown): void {
  try {
    Promise.resolve(stop()).catch(() => {});
  } catch {}
}

function requireBytes(chunk: unknown, encoding: BufferEncoding, path: string): Uint8Array {
  const bytes = toBytes(chunk, encoding, path);
  if (bytes === undefined)
    throw invalidArgument(path, `the data holds a chunk that is ${describeValue(chunk)}, not text or bytes`);
  return bytes;
}

/** A view of the very bytes: `byteLength` of them, whatever the element size (a Float64Array(4) is 32 bytes). */
function toBytes(data: unknown, encoding: BufferEncoding, path: string): Uint8Array | undefined {
  if (typeof data === "string") return encodeExactly(data, encoding, path);
  if (ArrayBuffer.isView(data)) {
    // Another thread may change shared memory between the digest and the write.
    if (data.buffer instanceof SharedArrayBuffer) return Uint8Array.from(view(data));
    return data instanceof Uint8Array ? data : view(data);
  }
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (data instanceof SharedArrayBuffer) return Uint8Array.from(new Uint8Array(data));
  return undefined;
}

function view(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isWebStream(value: object): value is WebStream {
  return typeof (value as Partial<WebStream>).getReader === "function";
}

function isNodeStream(value: object): value is NodeStream {
  return Symbol.asyncIterator in value && typeof (value as Partial<NodeStream>).destroy === "function";
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `an object (${value.constructor?.name ?? "no prototype"})` : `a ${typeof value}`;
}

/** A stream is used up or destroyed, whatever becomes of the call. */
export function closeUnused(data: Data, path: string): void {
  try {
    toSource(data, "utf8", path).close();
  } catch {
    // It is none.
  }
}
