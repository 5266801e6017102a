import { checkOptions, optionNames, otherContent } from "../atomic/index.ts";
import type { FileContent } from "../atomic/index.ts";
import { invalidArgument, UntornError } from "../platform/index.ts";
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
  // From plain JavaScript it may be anything.
  if (typeof options !== "object" || (options as unknown) === null) checkOptions(path, options, []);
  const { ifMatch, ifAbsent } = options;
  const known = typeof ifMatch === "object" && (ifMatch as unknown) !== null ? ifMatch : undefined;
  const etag = known === undefined ? ifMatch : (known.etag ?? "");
  checkOptions(path, { ...options, ifMatch: etag }, optionNames.transactionWrite);
  if (ifAbsent === true && ifMatch !== undefined)
    throw invalidArgument(path, "ifAbsent and ifMatch exclude each other");
  if (ifAbsent === true) return { etag: null };
  if (typeof etag !== "string") return undefined;
  const data = known?.data;
  if (data instanceof Uint8Array) return { etag, data };
  if (known === undefined || typeof data === "string") return { etag };
  throw invalidArgument(path, "option ifMatch takes an etag, or what a read returned");
}

/**
 * What the transaction has written or read is known; anything else is taken at the caller's word. In either case the commit compares
 * what is on disk. After an attempt that was in vain (`again`) the disk is looked at at once: another would be in vain, too.
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
  const { wishes, seen, contents } = overlay;
  const wish = wishes.get(inside);
  let found = wish === undefined ? seen.get(inside) : wish.kind === "put" ? wish.etag : null;
  if (found === undefined && etag !== null && !again) {
    seen.set(inside, etag);
    if (data !== undefined) contents.set(inside, data);
    return;
  }
  if (found === undefined) found = (yield* current())?.etag ?? null;
  if (found === etag) return;
  if (etag !== null) throw otherContent(shown, found);
  throw new UntornError({ code: "UNTORN_EXISTS", path: shown, phase: "commit", outcome: "unchanged" });
}
