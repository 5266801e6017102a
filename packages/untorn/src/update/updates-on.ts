import { absolute, checkOptions, optionNames } from "../atomic/index.ts";
import type { Files, Receipt } from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import { refusing, runAsync, runSync } from "../protocol/index.ts";
import { settleRoot } from "../transaction/index.ts";
import { readSettled } from "./settled-read.ts";
import { bytesCodec, textCodec } from "./text-codec.ts";
import { updateProtocol } from "./update-file.ts";
import type { Codec, UpdateOptions, UpdateRequest } from "./update-file.ts";

/** What a read of a document returns. */
export interface DocumentContent<T> {
  readonly path: string;
  readonly value: T;
  /** SHA-256 of the bytes in hex. */
  readonly etag: string;
}

/** An update of one kind of document. */
export type Update<T> = (
  path: string,
  change: (current: T | undefined) => T | Promise<T>,
  options?: UpdateOptions<T>,
) => Promise<{ value: T; receipt: Receipt }>;

/** As `Update`, on the calling thread. */
export type UpdateSync<T> = (
  path: string,
  change: (current: T | undefined) => T,
  options?: UpdateOptions<T>,
) => { value: T; receipt: Receipt };

/** Read and update for one kind of document, on one port. */
export interface DocumentCalls<T> {
  readonly read: (path: string) => Promise<DocumentContent<T>>;
  readonly readSync: (path: string) => DocumentContent<T>;
  readonly update: Update<T>;
  readonly updateSync: UpdateSync<T>;
}

/** Reads and updates documents of one kind. */
export function documentsOn<T>(files: Files, codec: Codec<T>): DocumentCalls<T> {
  const { port } = files;
  const request = (path: string, change: UpdateRequest<T>["change"], options: UpdateOptions<T>, blocking: boolean) => {
    checkOptions(path, options, optionNames.update);
    return updateProtocol(port, {
      path: absolute(path),
      codec,
      change,
      options,
      blocking,
      settle: (root) => settleRoot(port, root),
    });
  };
  function* read(path: string) {
    checkOptions(path, {}, []);
    const full = absolute(path);
    const found = yield* readSettled(port, full, (bytes) => codec.open(bytes, full));
    if (found !== undefined) return { path: full, value: found.value.value, etag: found.etag };
    throw new UntornError({ code: "UNTORN_NOT_FOUND", path: full, phase: "read", outcome: "unchanged" });
  }
  return {
    read: async (path) => runAsync(port, refusing("read", read(path))),
    readSync: (path) => runSync(port, refusing("read", read(path))),
    update: async (path, change, options = {}) => runAsync(port, request(path, change, options, false)),
    updateSync: (path, change, options = {}) => {
      const protocol = request(path, change, options, true);
      files.runEarlier(path);
      return runSync(port, protocol);
    },
  };
}

export interface Updates {
  /**
   * Read, change, save, and nobody's change is lost: takes the file's lock, reads it strictly, calls `change` with the text
   * (`undefined` where there is no file), validates, compares once more, and replaces the file whole. `change` may be run
   * again (see `onConflict`), so it should do nothing but compute. The same text again leaves the file alone.
   *
   * On disk after an error: the old content, unless its `outcome` says otherwise. A corrupt file (empty, NULs, not UTF-8) is
   * UNTORN_CORRUPT, and nothing is saved over it.
   */
  readonly updateFile: Update<string>;
  /** As `updateFile`, on the calling thread; it never waits for another call of its own process. */
  readonly updateFileSync: UpdateSync<string>;
  /** As `updateFile`, with the bytes as they are. */
  readonly updateBytes: Update<Uint8Array>;
  /** As `updateBytes`, on the calling thread. */
  readonly updateBytesSync: UpdateSync<Uint8Array>;
}

export function updatesOn(files: Files): Updates {
  const text = documentsOn(files, textCodec);
  const bytes = documentsOn(files, bytesCodec);
  return {
    updateFile: text.update,
    updateFileSync: text.updateSync,
    updateBytes: bytes.update,
    updateBytesSync: bytes.updateSync,
  };
}
