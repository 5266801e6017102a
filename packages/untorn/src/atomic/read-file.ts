import { corrupt, decodeUtf8, isUntornError, positionAt, UntornError } from "../platform/index.ts";
import type { Handle, Status } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { etagOf, incrementalEtag } from "./etag.ts";
import type { ReadOptions } from "./options.ts";
import { aborted } from "./pending-file.ts";
import { openRegular, quietly, within } from "./steps.ts";

/** What a strict read returns. */
export interface FileContent<T extends Uint8Array | string = Uint8Array> {
  readonly path: string;
  readonly data: T;
  /** SHA-256 of the bytes in hex; pass it as `ifMatch` to replace just this content. */
  readonly etag: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** Last modification, milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** The bytes of a file, and what the file was when it was opened. */
export interface WholeFile {
  readonly bytes: Uint8Array;
  readonly status: Status;
}

/** What one buffer holds on every supported version (Node 20: 4 GiB). */
const readLimit = 2 ** 32 - 1;

/** One read call is at most this long, so that an abort is noticed in between. */
const readBytes = 64 * 1024 * 1024;

/** Reads a whole regular file; UNTORN_NOT_FOUND where there is none, and only there. */
export function readWhole(path: string, signal?: AbortSignal): Protocol<WholeFile> {
  return reading(path, (handle, status) => readAll(handle, status, path, signal));
}

/** As `readWhole`; `undefined` where there is no such file. */
export function readIfAny(path: string): Protocol<WholeFile | undefined> {
  return ifAny(readWhole(path));
}

function* ifAny<T>(part: Protocol<T>): Protocol<T | undefined> {
  try {
    return yield* part;
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return undefined;
    throw error;
  }
}

/** As `readWhole`, and keeps the file open while `use` runs: its inode number cannot come back for another file. */
export function holdWhole<T>(path: string, use: (file: WholeFile) => Protocol<T>): Protocol<T> {
  return reading(path, function* (handle, status) {
    return yield* use(yield* readAll(handle, status, path));
  });
}

/** The etag of a file's content, and what the file was when it was opened. */
export interface Digest {
  readonly etag: string;
  readonly status: Status;
}

/** Takes the digest of a regular file of any size, a piece at a time. */
export function digestFile(path: string): Protocol<Digest> {
  return reading(path, function* (handle, status) {
    // One byte more than the size, as `readAll`.
    const buffer = new Uint8Array(Math.min(status.size + 1, digestBytes));
    let hash: ReturnType<typeof incrementalEtag> | undefined;
    let position = 0;
    let length = 0;
    for (;;) {
      const count = yield* call("read", handle, buffer.subarray(length), position);
      position += count;
      length += count;
      if (count > 0 && length < buffer.byteLength) continue;
      const piece = buffer.subarray(0, length);
      // What is all in one piece has its digest in half the time.
      if (count === 0 && hash === undefined) return { etag: etagOf(piece), status };
      hash ??= incrementalEtag();
      hash.update(piece);
      if (count === 0) return { etag: hash.digest(), status };
      length = 0;
    }
  });
}

/** As `digestFile`; `undefined` where there is no such file. */
export function digestIfAny(path: string): Protocol<Digest | undefined> {
  return ifAny(digestFile(path));
}

/** Whether a file has just this content. It takes a tenth of the time of a digest, and no room for a second content. */
export function* hasJust(path: string, content: Uint8Array): Protocol<boolean> {
  const compared = reading(path, function* (handle, status) {
    if (status.size !== content.byteLength) return false;
    const buffer = new Uint8Array(
      Math.min(status.size + 1, status.size > comparedAtOnce ? digestBytes : comparedBytes),
    );
    let position = 0;
    for (;;) {
      const count = yield* call("read", handle, buffer, position);
      if (count === 0) return position === content.byteLength;
      const piece = content.subarray(position, position + count);
      if (Buffer.compare(buffer.subarray(0, count), piece) !== 0) return false;
      position += count;
    }
  });
  return (yield* ifAny(compared)) ?? false;
}

/** The longest reads that the asynchronous driver does on the calling thread; of a larger file they are longer, and leave it. */
const comparedBytes = 256 * 1024;
const comparedAtOnce = 4 * 1024 * 1024;
const digestBytes = 1024 * 1024;

function* reading<T>(path: string, use: (handle: Handle, status: Status) => Protocol<T>): Protocol<T> {
  const { handle, status } = yield* within("read", path, "unchanged", openRegular(path, "read"));
  try {
    return yield* within("read", path, "unchanged", use(handle, status));
  } finally {
    yield* quietly(call("close", handle));
  }
}

function* readAll(handle: Handle, status: Status, path: string, signal?: AbortSignal): Protocol<WholeFile> {
  if (status.size >= readLimit) throw tooLarge(path, status.size);
  // One byte more than the size, so that the end is seen without another call; a growing file is read to its end.
  let buffer = new Uint8Array(status.size + 1);
  let length = 0;
  for (;;) {
    if (signal?.aborted === true) throw aborted(path, "read", signal);
    const count = yield* call("read", handle, buffer.subarray(length, length + readBytes), length);
    if (count === 0) break;
    length += count;
    if (length === buffer.byteLength) {
      if (length >= readLimit) throw tooLarge(path, length);
      const larger = new Uint8Array(Math.min(readLimit, buffer.byteLength * 2));
      larger.set(buffer);
      buffer = larger;
    }
  }
  return { bytes: buffer.subarray(0, length), status };
}

function tooLarge(path: string, bytes: number): UntornError {
  const problem = `it has ${bytes} bytes or more, which is more than one buffer can hold`;
  return new UntornError({ code: "UNTORN_UNSUPPORTED", path, phase: "read", outcome: "unchanged", problem });
}

/**
 * The strict read (G7): only "no such file" means absent; an empty file, a file of NULs (what a power cut leaves) and
 * text that is not valid UTF-8 are UNTORN_CORRUPT, with the position.
 */
export function* readStrict(path: string, options: ReadOptions): Protocol<FileContent<Uint8Array | string>> {
  const whole = yield* readWhole(path, options.signal);
  const { bytes } = whole;
  if (bytes.byteLength > 0 || options.allowEmpty !== true) refuseEmpty(bytes, path);
  const content = contentOf(path, whole);
  return options.encoding === undefined ? content : { ...content, data: decode(bytes, path) };
}

/** What a read returns of a file that is read. */
export function contentOf(path: string, { bytes, status }: WholeFile): FileContent {
  return { path, data: bytes, etag: etagOf(bytes), bytes: bytes.byteLength, mtimeMs: status.mtimeMs };
}

/** Zero bytes, or NULs alone, are what a power cut leaves (G7). */
export function refuseEmpty(bytes: Uint8Array, path: string): void {
  if (bytes.byteLength === 0) throw corrupt(path, "the file is empty (0 bytes)");
  if (bytes[0] === 0 && bytes.every((byte) => byte === 0)) throw corrupt(path, `all ${bytes.byteLength} bytes are NUL`);
}

/** Decodes UTF-8 and keeps a byte order mark; NULs and invalid bytes are corruption. */
export function decode(bytes: Uint8Array, path: string): string {
  const text = decodeUtf8(bytes, path);
  const nul = text.indexOf("\0");
  if (nul === -1) return text;
  const position = positionAt(text, nul);
  throw corrupt(path, `there is a NUL at byte ${position.byteOffset} of ${bytes.byteLength}`, position);
}
