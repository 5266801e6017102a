import { createHash } from "node:crypto";
import type { Port, ProcessIdentity } from "../platform/index.ts";

/**
 * Names of the files that untorn puts beside a target. A name says what the file is for, which process made it and,
 * where the content is known in advance, the digest of the complete content, so that recovery can judge it by its
 * name: `.NAME.untorn.PID-START-SCOPE-RANDOM[-DIGEST[-NEXT]].tmp`.
 * - `tmp` holds new content that is not in place yet.
 * - `bak` holds the old content while a target is rewritten in place; DIGEST is that of the old, NEXT of the new.
 * - `part` holds new content that belongs to a transaction: it is nothing by itself, and only the journal may put it in
 *   place.
 */
export type TempKind = "tmp" | "bak" | "part";

export interface TempName {
  readonly kind: TempKind;
  /** The target's name, or its beginning and a digest where the whole would not fit. */
  readonly base: string;
  readonly owner: ProcessIdentity;
  readonly random: string;
  /** First 16 hex digits of the SHA-256 of the complete content. */
  readonly digest?: string;
  readonly next?: string;
}

/** No common filesystem takes longer names (NAME_MAX, limits.h), and all of them count bytes or fewer units. */
const nameLimit = 255;

export function tempName(port: Port, kind: TempKind, base: string, digests: readonly string[] = []): string {
  const digestFields = digests.map((etag) => `-${shortDigest(etag)}`).join("");
  const suffix = `.untorn.${ownerFields(port.identity)}-${port.randomName()}${digestFields}.${kind}`;
  return `.${fitted(base, nameLimit - 1 - suffix.length)}${suffix}`;
}

let lastOwner: ProcessIdentity | undefined;
let lastFields = "";

/** The process's part of a name; it hardly ever changes. */
function ownerFields(owner: ProcessIdentity): string {
  if (owner !== lastOwner) {
    lastFields = `${owner.pid.toString(36)}-${owner.startTime}-${owner.scope}`;
    lastOwner = owner;
  }
  return lastFields;
}

const pattern =
  /^\.(?<base>.+)\.untorn\.(?<pid>[0-9a-z]+)-(?<start>[0-9a-z]+)-(?<scope>[0-9a-f]{8})-(?<random>[0-9a-z]{13,16})(?:-(?<digest>[0-9a-f]{16}))?(?:-(?<next>[0-9a-f]{16}))?\.(?<kind>tmp|bak|part)$/s;

/** Reads a name that `tempName` made; `undefined` for any other name. */
export function parseTempName(name: string): TempName | undefined {
  const groups = pattern.exec(name)?.groups as Record<string, string | undefined> | undefined;
  if (groups === undefined) return undefined;
  const { base = "", pid = "", start = "", scope = "", random = "", digest, next, kind } = groups;
  return {
    kind: kind as TempKind,
    base,
    owner: { pid: Number.parseInt(pid, 36), startTime: start, scope },
    random,
    ...(digest === undefined ? {} : { digest }),
    ...(next === undefined ? {} : { next }),
  };
}

/** Whether a temp was made for the file with this name in its directory. */
export function isTempFor(temp: TempName, base: string): boolean {
  return temp.base === base || (temp.base.length > 9 && temp.base === fitted(base, Buffer.byteLength(temp.base)));
}

export function shortDigest(etag: string): string {
  return etag.slice(0, 16);
}

/** The name, or as much of it as fits with `~` and 8 hex digits of its SHA-256; cut between characters. */
function fitted(base: string, bytes: number): string {
  if (base.length * 3 <= bytes || Buffer.byteLength(base) <= bytes) return base;
  const digest = createHash("sha256").update(base).digest("hex").slice(0, 8);
  const cut = Buffer.from(base).subarray(0, bytes - 1 - digest.length);
  // A character that was cut in two decodes to U+FFFD at the end, which is dropped; `~` fills up the bytes.
  const whole = cut.toString().replace(/\uFFFD+$/u, "");
  return `${whole}${"~".repeat(bytes - Buffer.byteLength(whole) - digest.length)}${digest}`;
}
