import { etagOf, knownSource, readPiece, undisturbed, within, writeProtocol } from "../atomic/index.ts";
import type { Durability, OpenFile } from "../atomic/index.ts";
import { assertHeld } from "../lock/index.ts";
import type { Held } from "../lock/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";

export interface Limits {
  /** Keep at most this many records; the oldest go. */
  readonly maxEntries?: number;
  /** Keep at most this many bytes, but never less than the newest record. */
  readonly maxBytes?: number;
}

/** The newest records of a log within limits, and how many records went. */
export type Retain = (
  log: Uint8Array,
  limits: Limits,
) => { readonly bytes: Uint8Array; readonly droppedEntries: number; readonly droppedBytes: number };

interface Cut {
  readonly path: string;
  /** How much of the log counts: a torn last line does not. */
  readonly size: number;
  /** What is to be appended. */
  readonly bytes: Uint8Array;
  readonly retain: Retain;
  readonly options: Limits & { readonly durability?: Durability };
}

/** What `cutToNewest` left. */
export interface CutReceipt {
  readonly path: string;
  readonly bytes: number;
  readonly synced: boolean;
  readonly droppedEntries: number;
}

/**
 * An append that takes the log over its limits is one replace: the newest old records with the new ones. `undefined`
 * where the log stays within them, and nothing was done.
 */
export function* cutToNewest(port: Port, held: Held, log: OpenFile, cut: Cut): Protocol<CutReceipt | undefined> {
  const { path, size, bytes, retain, options } = cut;
  const { maxEntries, maxBytes } = options;
  const tooLong = maxBytes !== undefined && !(size + bytes.byteLength <= maxBytes);
  if (maxEntries === undefined && !tooLong) return undefined;
  // One byte more than there should be: what a program that takes no lock has appended since.
  const whole = yield* within("read", path, "unchanged", readPiece(log.handle, 0, log.status.size + 1));
  if (whole.byteLength !== log.status.size) {
    throw new UntornError({ code: "UNTORN_CONFLICT", path, phase: "read", outcome: "unchanged" });
  }
  const kept = retain(Buffer.concat([whole.subarray(0, size), bytes]), { maxEntries, maxBytes });
  if (kept.droppedBytes === 0) return undefined;
  const receipt = yield* writeProtocol(port, {
    path,
    source: knownSource([kept.bytes]),
    options: { ifMatch: etagOf(whole), durability: options.durability },
    control: undisturbed,
    guard: () => assertHeld(held),
  });
  return {
    path,
    bytes: receipt.bytes,
    synced: receipt.synced.file === "synced",
    droppedEntries: kept.droppedEntries,
  };
}
