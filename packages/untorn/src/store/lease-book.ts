import { hostname } from "node:os";
import { inDirectory, knownSource, readIfAny, undisturbed, writeProtocol } from "../atomic/index.ts";
import { invalidArgument, printable, recordIn, UntornError } from "../platform/index.ts";
import type { LockHolder, Port, ProcessIdentity } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "../transaction/index.ts";
import type { Fence } from "./store.ts";

/** A lease that was given and not given back. */
export interface LeaseRecord {
  readonly key: string;
  readonly token: number;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
  readonly ttlMs: number;
  /** Who took it. */
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  readonly purpose: string | null;
  /** The process whose death ends it; `null`: only its time does. */
  readonly holder: ProcessIdentity | null;
}

/** What a lease is asked for with. */
export interface Grant {
  readonly key: string;
  readonly ttlMs: number;
  readonly purpose?: string | undefined;
  readonly detached?: boolean | undefined;
}

/** What a commit asks of the leases. */
export interface Admission {
  readonly fence?: Fence | undefined;
  readonly whileFree?: string | undefined;
}

/**
 * All leases of a store: `.untorn/leases.json`, read and replaced by whoever holds the root's lock. A token is used once in
 * the store's life, so it can only be the newest of its key. A commit looks at the lease under the same lock: while it is
 * under way, nobody can be given a newer one.
 */
interface LeaseBook {
  readonly next: number;
  readonly leases: readonly LeaseRecord[];
}

const version = 1;

export function leasePath(root: Root): string {
  return inDirectory(root.work, "leases.json");
}

/** Gives the lease of a key, or returns who has it. */
export function* grant(
  port: Port,
  root: Root,
  { key, ttlMs, purpose, detached }: Grant,
): Protocol<{ readonly granted: LeaseRecord } | { readonly holder: LeaseRecord }> {
  const now = port.clock.now();
  const book = yield* readBook(port, root);
  const holder = book.leases.find((lease) => lease.key === key && !isOver(port, lease));
  if (holder !== undefined) return { holder };
  const granted: LeaseRecord = {
    key,
    token: book.next,
    expiresMs: now + ttlMs,
    ttlMs,
    pid: port.identity.pid,
    host: hostname(),
    since: new Date(now).toISOString(),
    purpose: purpose ?? null,
    holder: detached === true ? null : port.identity,
  };
  const others = book.leases.filter((lease) => lease.key !== key && lease.expiresMs > now);
  yield* writeBook(port, root, { next: book.next + 1, leases: [...others, granted] }, "full");
  return { granted };
}

/**
 * Whether somebody else may have it: its time is over, or its process is proven gone. That is looked at only to be quick:
 * should the proof be wrong, the former holder's fence is refused all the same.
 */
function isOver(port: Port, { expiresMs, holder }: LeaseRecord): boolean {
  return expiresMs <= port.clock.now() || (holder !== null && port.liveness(holder) === "dead");
}

/** Who has the lease of a key now. */
export function* holderOf(port: Port, root: Root, key: string): Protocol<LeaseRecord | undefined> {
  const { leases } = yield* readBook(port, root);
  return leases.find((lease) => lease.key === key && !isOver(port, lease));
}

/** Makes a lease last longer; `undefined` if it is lost. One that has expired is not taken up again, even if nobody has it. */
export function* renew(port: Port, root: Root, fence: Fence): Protocol<LeaseRecord | undefined> {
  const book = yield* readBook(port, root);
  const now = port.clock.now();
  const own = book.leases.find((lease) => isOf(lease, fence));
  if (own === undefined || own.expiresMs <= now) return undefined;
  const renewed = { ...own, expiresMs: now + own.ttlMs };
  // A power cut ends every process on this machine; the token, which must outlast it, was made durable when it was given.
  yield* writeBook(
    port,
    root,
    { ...book, leases: book.leases.map((each) => (each === own ? renewed : each)) },
    "normal",
  );
  return renewed;
}

export function* giveBack(port: Port, root: Root, fence: Fence): Protocol<void> {
  const book = yield* readBook(port, root);
  const leases = book.leases.filter((lease) => !isOf(lease, fence));
  if (leases.length < book.leases.length) yield* writeBook(port, root, { ...book, leases }, "normal");
}

/**
 * Throws UNTORN_FENCED unless the fence is of the newest granting of its lease, and that lasts still; UNTORN_LOCKED if somebody
 * has the lease that must be free. A lease that no process renews is renewed by its use.
 */
export function* admit(port: Port, root: Root, { fence, whileFree }: Admission): Protocol<void> {
  if (whileFree !== undefined) {
    const holder = yield* holderOf(port, root, whileFree);
    if (holder !== undefined) throw taken(port, holder);
  }
  if (fence === undefined) return;
  if (!isFence(fence))
    throw invalidArgument(String(fence), "a fence has a key and a token, as the lease that it is of");
  const { leases } = yield* readBook(port, root);
  const lease = leases.find(({ key }) => key === fence.key);
  if (lease === undefined || lease.token < fence.token) throw fenced(fence, "it has ended");
  if (lease.token > fence.token) throw fenced(fence, `process ${lease.pid} has a newer one since ${lease.since}`);
  const leftMs = lease.expiresMs - port.clock.now();
  if (leftMs <= 0) throw fenced(fence, "it has expired");
  if (lease.holder === null && leftMs < lease.ttlMs / 2) yield* renew(port, root, fence);
}

/** It may come from another process. One that compares with nothing would be let in. */
function isFence(fence: unknown): fence is Fence {
  if (typeof fence !== "object" || fence === null) return false;
  const { key, token } = fence as Partial<Fence>;
  return typeof key === "string" && Number.isSafeInteger(token);
}

/** Somebody else has it; says who. */
export function taken(port: Port, lease: LeaseRecord): UntornError {
  const { key, token, pid, host, since, purpose, holder, expiresMs } = lease;
  const who = holder === null ? `whoever took it on ${printable(host)}` : `process ${pid} on ${printable(host)}`;
  const what = purpose === null ? "" : `, for ${JSON.stringify(purpose)}`;
  const until = new Date(expiresMs).toISOString();
  return new UntornError({
    code: "UNTORN_LOCKED",
    path: key,
    phase: "lock",
    outcome: "unchanged",
    problem: `${who} has the lease (token ${token}) since ${since}${what}`,
    next: `Wait for it: unless it is renewed it ends at ${until}. Who has it commits with its token as fence.`,
    holders: [lockHolderOf(port, lease)],
  });
}

function lockHolderOf(port: Port, { token, pid, host, since, purpose, holder }: LeaseRecord): LockHolder {
  const state = holder === null ? "unknown" : port.liveness(holder);
  const facts = { pid, host, since, command: undefined, shared: false };
  return { ...facts, state, purpose: purpose ?? undefined, fence: String(token) };
}

export function fenced({ key, token }: Fence, reason: string, cause?: unknown): UntornError {
  return new UntornError({
    code: "UNTORN_FENCED",
    path: key,
    phase: "lock",
    outcome: "unchanged",
    problem: `the lease (token ${token}) does not hold any more: ${reason}`,
    cause,
  });
}

function isOf(lease: LeaseRecord, fence: Fence): boolean {
  return lease.key === fence.key && lease.token === fence.token;
}

function* readBook(port: Port, root: Root): Protocol<LeaseBook> {
  const path = leasePath(root);
  const whole = yield* readIfAny(path);
  // As with revisions: should the file be lost, no token comes twice.
  if (whole === undefined) return { next: Math.floor(port.clock.now()), leases: [] };
  const raw = recordIn(Buffer.from(whole.bytes).toString());
  if (typeof raw?.["version"] === "number" && raw["version"] > version) throw unreadable("UNTORN_NEWER", path);
  const { untorn, next, leases } = raw ?? {};
  if (untorn !== "leases" || typeof next !== "number" || !Array.isArray(leases)) {
    throw unreadable("UNTORN_CORRUPT", path);
  }
  return { next, leases: leases as LeaseRecord[] };
}

function unreadable(code: "UNTORN_NEWER" | "UNTORN_CORRUPT", path: string): UntornError {
  const corrupt = {
    problem: "the record of this store's leases is not whole",
    next: "Stop every program that uses the store, then remove the file: leases are given anew.",
  };
  const newer = { problem: "a newer version of untorn keeps this store's leases" };
  const facts = code === "UNTORN_NEWER" ? newer : corrupt;
  return new UntornError({ code, path, phase: "read", outcome: "unchanged", ...facts });
}

function* writeBook(port: Port, root: Root, book: LeaseBook, durability: "full" | "normal"): Protocol<void> {
  const text = `${JSON.stringify({ untorn: "leases", version, ...book })}\n`;
  yield* writeProtocol(port, {
    path: leasePath(root),
    source: knownSource([Buffer.from(text)]),
    options: { durability },
    control: undisturbed,
  });
}
