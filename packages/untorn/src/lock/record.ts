import { hostname } from "node:os";
import { inDirectory } from "../atomic/index.ts";
import type { Handle, LockHolder, Port, ProcessIdentity } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Place } from "./place.ts";

/**
 * A record is a file in the lock's folder: one holder, or one who is about to become one. Its name is made once and
 * never again, and carries all that is needed to judge it, so that it is complete from the instant it exists:
 *
 *     xk-PID-STARTTIME-SCOPE-TOKEN      x exclusive, s shared; k the kernel's lock is on it, p it stands on its pid alone
 *
 * Its content, written when the lock is had, is for people: host, command line, since when, what for.
 */
export interface RecordName {
  readonly name: string;
  readonly shared: boolean;
  readonly kernel: boolean;
  readonly identity: ProcessIdentity;
  readonly token: string;
}

const pattern = /^([xs])([kp])-([1-9]\d{0,9})-([0-9a-z]{1,16})-([0-9a-f]{8})-([0-9a-z]{8,64})$/;
const maxContent = 16_384;
const maxText = 1_000;

export function makeRecordName(port: Port, shared: boolean, kernel: boolean): RecordName {
  const identity = port.identity;
  const token = port.randomName();
  const kind = `${shared ? "s" : "x"}${kernel ? "k" : "p"}`;
  const name = `${kind}-${identity.pid}-${identity.startTime}-${identity.scope}-${token}`;
  return { name, shared, kernel, identity, token };
}

export function parseRecordName(name: string): RecordName | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [, kind, oracle, pid, startTime, scope, token] = match as unknown as [string, ...string[]] & RegExpExecArray;
  return {
    name,
    shared: kind === "s",
    kernel: oracle === "k",
    identity: { pid: Number(pid), startTime: startTime ?? "0", scope: scope ?? "" },
    token: token ?? "",
  };
}

/** Two locks are in each other's way unless both are shared. */
export function conflict(one: { shared: boolean }, other: { shared: boolean }): boolean {
  return !one.shared || !other.shared;
}

/** Writes what people want to know about the holder. */
export function* describeHolder(port: Port, handle: Handle, place: Place, purpose: string | undefined): Protocol<void> {
  const facts = {
    path: place.target,
    host: hostname(),
    command: [process.argv0, ...process.execArgv, ...process.argv.slice(1)].join(" ").slice(0, maxText),
    since: new Date(port.clock.now()).toISOString(),
    purpose: purpose?.slice(0, maxText),
  };
  try {
    yield* call("write", handle, Buffer.from(`${JSON.stringify(facts)}\n`), 0);
  } catch {
    // A full disk must not cost the lock: the record's name says all that its safety needs.
  }
}

/** A holder's description; what it did not write, or what cannot be read, is `undefined`. */
export function* readHolder(folder: string, record: RecordName, state: LockHolder["state"]): Protocol<LockHolder> {
  const text = yield* contentOf(inDirectory(folder, record.name));
  let facts: Record<string, unknown> = {};
  try {
    // The rest of a longer description may follow: that of an earlier use of the same record.
    const parsed: unknown = JSON.parse(text.split("\n", 1)[0] ?? "");
    if (typeof parsed === "object" && parsed !== null) facts = parsed as Record<string, unknown>;
  } catch {
    // Not written yet, or cut by a full disk.
  }
  const field = (name: string): string | undefined => {
    const value = facts[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    pid: record.identity.pid,
    state,
    shared: record.shared,
    host: field("host"),
    command: field("command"),
    since: field("since"),
    purpose: field("purpose"),
    fence: record.token,
  };
}

function* contentOf(path: string): Protocol<string> {
  let handle: Handle | undefined;
  try {
    const status = yield* call("lstat", path);
    if (status?.kind !== "file") return "";
    handle = yield* call("open", path, "read", 0);
    const bytes = Buffer.alloc(maxContent);
    const count = yield* call("read", handle, bytes, 0);
    return bytes.toString("utf8", 0, count);
  } catch {
    return "";
  } finally {
    if (handle !== undefined) yield* call("close", handle);
  }
}
