import { UntornError } from "../platform/index.ts";
import type { Handle } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { incrementalEtag } from "./etag.ts";
import { writeAll } from "./pending-file.ts";
import { quietly } from "./steps.ts";

interface InPlaceMetadata {
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Puts the content of the file at `source` into the existing file at `path` and syncs it. Nobody is let in before the
 * content is complete who was not meant to read both contents; the mode comes last, since writing clears setuid.
 */
export function* overwrite(path: string, source: string, wanted: InPlaceMetadata): Protocol<void> {
  const handle = yield* call("open", path, "overwrite", 0);
  try {
    const before = yield* call("fstat", handle);
    const owner = wanted.owner ?? before;
    const mode = wanted.mode ?? before.mode;
    const narrow = before.mode & mode & 0o777;
    if (narrow !== before.mode) yield* call("chmod", handle, narrow);
    if (owner.uid !== before.uid || owner.gid !== before.gid) yield* call("chown", handle, owner.uid, owner.gid);
    const { bytes } = yield* copyFrom(source, handle, path);
    yield* call("truncate", handle, bytes);
    if (narrow !== mode) yield* call("chmod", handle, mode);
    const after = yield* call("fstat", handle);
    if (after.size !== bytes || after.mode !== mode) {
      const problem = `it has ${after.size} bytes and mode 0${after.mode.toString(8)} after ${bytes} bytes and mode 0${mode.toString(8)} were set`;
      throw new UntornError({ code: "UNTORN_SHORT_WRITE", path, phase: "commit", outcome: "unknown", problem });
    }
    yield* call("fsync", handle);
  } finally {
    yield* quietly(call("close", handle));
  }
}

const copyBytes = 1024 * 1024;

export function* copyFrom(source: string, to: Handle, path: string): Protocol<{ bytes: number; etag: string }> {
  const from = yield* call("open", source, "read", 0);
  try {
    const hash = incrementalEtag();
    const buffer = new Uint8Array(copyBytes);
    let bytes = 0;
    for (;;) {
      const count = yield* call("read", from, buffer, bytes);
      if (count === 0) return { bytes, etag: hash.digest() };
      const piece = buffer.subarray(0, count);
      hash.update(piece);
      yield* writeAll(to, piece, () => {}, path, bytes);
      bytes += count;
    }
  } finally {
    yield* quietly(call("close", from));
  }
}
