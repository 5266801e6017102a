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

/**
 * Writes a stream. Hashing goes beside the writing, and syncing beside both; the producer is asked for more only after
 * what it gave was written, so that a failed write is reported at once however long the producer takes.
 */
export function* writeStream(stream: Stream): Protocol<{ bytes: number; etag: string }> {
  const hash = incrementalEtag();
  const gatherer = new Gatherer(stream.next);
  let bytes = 0;
  const syncing = { failed: false };
  /** Whether there may be more. */
  const writeSome = function* (): Protocol<boolean> {
    const end = bytes + syncBytes;
    while (bytes < end && !syncing.failed) {
      const content = yield* gatherer.next();
      if (content === undefined) return false;
      for (let start = 0; start < content.byteLength; start += sliceBytes) {
        const slice = content.subarray(start, start + sliceBytes);
        yield* together([stream.write(slice), pull(() => hash.update(slice))]);
      }
      bytes += content.byteLength;
    }
    return true;
  };
  /** Lets `writeSome` know of a failure: it would otherwise go on to the end of its part. */
  const syncSome = function* (sync: () => Protocol<unknown>): Protocol<void> {
    try {
      yield* sync();
    } catch (error) {
      syncing.failed = true;
      throw error;
    }
  };
  let more = yield* writeSome();
  while (more) {
    if (stream.sync === undefined) more = yield* writeSome();
    // The sync first: where its failure ends the other part as well, it is the one to report.
    else [, more] = yield* together([syncSome(stream.sync), writeSome()]);
  }
  return { bytes, etag: hash.digest() };
}

/** Puts small pieces together. */
class Gatherer {
  readonly #next: Stream["next"];
  #buffer: Uint8Array | undefined;
  /** A piece that came but did not fit. */
  #left: Uint8Array | undefined;
  #ended = false;

  constructor(next: Stream["next"]) {
    this.#next = next;
  }

  /** Good until it is called again; `undefined` at the end. */
  *next(): Protocol<Uint8Array | undefined> {
    let length = 0;
    while (!this.#ended) {
      const piece: Uint8Array | undefined = this.#left ?? (yield* this.#next());
      this.#left = undefined;
      if (piece === undefined) {
        this.#ended = true;
        break;
      }
      if (piece.byteLength >= directBytes || length + piece.byteLength > gatherBytes) {
        if (length === 0) return piece;
        this.#left = piece;
        break;
      }
      this.#buffer ??= new Uint8Array(gatherBytes);
      this.#buffer.set(piece, length);
      length += piece.byteLength;
    }
    return length === 0 ? undefined : this.#buffer?.subarray(0, length);
  }
}
