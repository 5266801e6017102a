import { systemCodeOf, UntornError } from "../platform/index.ts";
import type { Handle, Status } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** What the new file shall have: as asked for, else as the file that is there. */
export interface WantedMetadata {
  readonly path: string;
  readonly before: Status | undefined;
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

export interface MetadataReport {
  readonly kept: readonly string[];
  readonly lost: readonly string[];
}

const setIdBits = 0o6000;
const groupBits = 0o070;

/** The mode to create a temp with: private until its real mode is known; a new file gets what the umask leaves (G10). */
export function initialMode(wanted: WantedMetadata): number {
  return wanted.before === undefined && wanted.mode === undefined ? 0o666 : 0o600;
}

/** What a system answers where it does not allow or know a change of metadata; anything else is a failure. */
const refusals = new Set(["EPERM", "EACCES", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);

/**
 * Owner, then attributes with access lists, then mode (G10). chown(2) clears setuid and setgid, so the mode comes after
 * it; and it comes last so that the file stays private until nobody can read it who could not read the old one.
 */
export function* applyMetadata(handle: Handle, now: Status, wanted: WantedMetadata): Protocol<MetadataReport> {
  const kept: string[] = [];
  const lost: string[] = [];
  const { before } = wanted;
  const owner = wanted.owner ?? before;
  let { uid, gid } = now;
  if (owner !== undefined && (owner.uid !== uid || owner.gid !== gid)) {
    const reason = yield* setOwner(handle, now, owner);
    if (wanted.owner !== undefined && reason !== undefined) throw reason;
    ({ uid, gid } = yield* call("fstat", handle));
    if (reason !== undefined) {
      lost.push(`owner ${owner.uid}:${owner.gid} (${systemCodeOf(reason)}); it is ${uid}:${gid} now`);
    }
  }
  if (owner !== undefined && owner.uid === uid && owner.gid === gid) kept.push("owner");
  let attributes = 0;
  if (before !== undefined) {
    const outcome = yield* call("copyAttributes", wanted.path, handle);
    attributes = outcome.kept;
    if (attributes > 0) kept.push("attributes");
    if ("lost" in outcome) lost.push(outcome.lost);
  }
  const asked = wanted.mode ?? before?.mode;
  if (asked === undefined) return { kept, lost };
  const mode = safeMode(asked, before, uid, gid, wanted.mode !== undefined);
  // An access list among the attributes has changed the mode already (acl(5)).
  const reason = mode === now.mode && attributes === 0 ? undefined : yield* setMode(handle, mode, wanted);
  if (reason !== undefined) lost.push(`mode ${octal(asked)} (${reason})`);
  else if (mode === asked) kept.push("mode");
  else lost.push(`mode ${octal(asked)}; it is ${octal(mode)}, since owner or group changed`);
  return { kept, lost };
}

/** Returns why the mode could not be set; throws if it was asked for. */
function* setMode(handle: Handle, mode: number, wanted: WantedMetadata): Protocol<string | undefined> {
  try {
    yield* call("chmod", handle, mode);
  } catch (error) {
    if (wanted.mode !== undefined || !isRefusal(error)) throw error;
    return systemCodeOf(error);
  }
  // A kernel drops setgid without a word where the group is not the caller's; some filesystems ignore modes altogether.
  if (wanted.mode === undefined && (mode & setIdBits) === 0) return undefined;
  const now = yield* call("fstat", handle);
  if (now.mode === mode) return undefined;
  const problem = `it is ${octal(now.mode)} after it was set`;
  if (wanted.mode === undefined) return problem;
  throw new UntornError({
    code: "UNTORN_UNSUPPORTED",
    path: wanted.path,
    phase: "metadata",
    outcome: "unchanged",
    problem: `the mode ${octal(mode)} cannot be set here: ${problem}`,
  });
}

/** Sets owner and group, or at least the group, which an ordinary user may set to one of their own. */
function* setOwner(handle: Handle, now: Status, owner: { uid: number; gid: number }): Protocol<unknown> {
  try {
    yield* call("chown", handle, owner.uid, owner.gid);
    return undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (owner.gid !== now.gid) {
      try {
        yield* call("chown", handle, now.uid, owner.gid);
      } catch (again) {
        if (!isRefusal(again)) throw again;
      }
    }
    return error;
  }
}

function isRefusal(error: unknown): boolean {
  return refusals.has(systemCodeOf(error) ?? "");
}

/**
 * Where owner or group could not be kept, the bits that were meant for them would go to somebody else: setuid and setgid
 * are dropped, and a foreign group gets no more than everybody has.
 */
function safeMode(mode: number, before: Status | undefined, uid: number, gid: number, asked: boolean): number {
  if (before === undefined || asked) return mode;
  let safe = mode;
  if (before.uid !== uid || before.gid !== gid) safe &= ~setIdBits;
  if (before.gid !== gid) safe &= ~groupBits | ((mode & 0o007) << 3);
  return safe;
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
