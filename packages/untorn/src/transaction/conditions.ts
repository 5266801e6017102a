import { checkOptions, invalidArgument, optionNames, otherContent } from "../atomic/index.ts";
import type { FileContent } from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Overlay, Seen } from "./overlay.ts";
import type { TransactionWriteOptions } from "./write-options.ts";

/** What a write expects to be there; an etag of `null`: nothing. */
export interface Expected {
  readonly etag: Seen;
  readonly data?: Uint8Array;
}

/** Checks how a file is to be written; returns what is expected to be there, if anything is. */
export function expectedBy(path: string, options: TransactionWriteOptions): Expected | undefined {
  const { ifMatch, ifAbsent } = options;
  const known = typeof ifMatch === "string" || ifMatch === undefined ? { etag: ifMatch } : ifMatch;
  // From plain JavaScript it may be anything.
  const etag = ifMatch === undefined ? undefined : ((known as typeof known | null)?.etag ?? "");
  checkOptions(path, { ...options, ifMatch: etag }, optionNames.transactionWrite);
  if (ifAbsent === true && ifMatch !== undefined)
    throw invalidArgument(path, "ifAbsent and ifMatch exclude each other");
  if (ifAbsent === true) return { etag: null };
  return etag === undefined ? undefined : { ...known, etag };
}

/**
 * What the transaction knows nothing of is taken at the caller's word, which the commit compares; after an attempt that was in vain
 * for that (`again`) it is looked at at once.
 *
 * @throws UntornError UNTORN_CONFLICT; UNTORN_EXISTS. The files are unchanged.
 */
export function* expect(
  overlay: Overlay,
  place: { readonly inside: string; readonly shown: string },
  { etag, data }: Expected,
  again: boolean,
  current: () => Protocol<FileContent | undefined>,
): Protocol<void> {
  const { inside, shown } = place;
  if (etag !== null && !again && !overlay.wishes.has(inside) && !overlay.seen.has(inside)) {
    overlay.seen.set(inside, etag);
    if (data !== undefined) overlay.contents.set(inside, data);
    return;
  }
  const found = (yield* current())?.etag ?? null;
  if (found === etag) return;
  if (etag !== null) throw otherContent(shown, found);
  throw new UntornError({ code: "UNTORN_EXISTS", path: shown, phase: "commit", outcome: "unchanged" });
}
