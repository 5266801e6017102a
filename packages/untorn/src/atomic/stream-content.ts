import { pull, together } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { incrementalEtag } from "./etag.ts";

/** Where a stream's content comes from and goes to. */
export interface Stream {
  /** The next piece; `undefined` at the end, after which it is not asked again. */
  readonly next: () => Protocol<Uint8Array | undefined>;
  readonly write: (bytes: Uint8Array) => Protocol<void>;
  /** Syncs what was written so far; `undefined` where nothing is synced. */
  readonly sync: (() => Protocol<unknown>) | undefined;
}

/** Small pieces are gathered up to this size, in memory of our own: a producer may use its buffer again. */
const gatherBytes = 1024 * 1024;
/** From this size on a piece is written as it is: to gather it would only be another copy. */
const directBytes = 256 * 1024;
/** As much of a large piece is hashed while as much of it is written: neither keeps the thread for long. */
const sliceBytes = 16 * 1024 * 1024;
/**
 * So much is written before it is synced while the next so much comes in. The kernel would otherwise keep gigabytes in
 * memory and write all of them in the end, with the caller waiting.
 */
const syncBytes = 64 * 1024 * 1024;

/** Writes a stream: reading, hashing, writing and syncing go side by side. */
export function* writeStream(stream: Stream): Protocol<{ bytes: number; etag: string }> {
  const { write, sync } = stream;
  const hash = incrementalEtag();
  const gatherer = new Gatherer(stream.next);
  let bytes = 0;
  let chunk = yield* gatherer.next();
  /** Whether there is more. */
  const writeSome = function* (): Protocol<boolean> {
    const end = bytes + syncBytes;
    while (chunk !== undefined && bytes < end) {
      const { content, ours } = chunk;
      for (let start = 0; start < content.byteLength; start += sliceBytes) {
        const slice = content.subarray(start, start + sliceBytes);
        const digest = pull(() => hash.update(slice));
        if (ours) [, , chunk] = yield* together([write(slice), digest, gatherer.next()]);
        else yield* together([write(slice), digest]);
      }
      if (!ours) chunk = yield* gatherer.next();
      bytes += content.byteLength;
    }
    return chunk !== undefined;
  };
  let more = yield* writeSome();
  while (more) {
    if (sync === undefined) more = yield* writeSome();
    else [more] = yield* together([writeSome(), sync()]);
  }
  return { bytes, etag: hash.digest() };
}

/** A part of the content that is written at once: in memory of our own, or in that of the producer. */
interface Chunk {
  readonly content: Uint8Array;
  readonly ours: boolean;
}

/**
 * Gathers small pieces. What is in memory of our own can be written while the next is gathered, in the other of two
 * buffers; before the producer is asked for more, its own memory must have been written or copied.
 */
class Gatherer {
  readonly #next: Stream["next"];
  #buffer: Uint8Array | undefined;
  #otherBuffer: Uint8Array | undefined;
  /** A piece that came but did not fit. */
  #left: Uint8Array | undefined;
  #ended = false;

  constructor(next: Stream["next"]) {
    this.#next = next;
  }

  *next(): Protocol<Chunk | undefined> {
    let length = 0;
    while (!this.#ended) {
      const piece: Uint8Array | undefined = this.#left ?? (yield* this.#next());
      this.#left = undefined;
      if (piece === undefined) {
        this.#ended = true;
        break;
      }
      if (piece.byteLength >= directBytes || length + piece.byteLength > gatherBytes) {
        if (length === 0) return { content: piece, ours: false };
        this.#left = piece;
        break;
      }
      this.#buffer ??= new Uint8Array(gatherBytes);
      this.#buffer.set(piece, length);
      length += piece.byteLength;
    }
    const content = this.#buffer?.subarray(0, length);
    [this.#buffer, this.#otherBuffer] = [this.#otherBuffer, this.#buffer];
    return content === undefined || length === 0 ? undefined : { content, ours: true };
  }
}
