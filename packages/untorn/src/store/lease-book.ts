import { inDirectory, knownSource, readWhole, undisturbed, writeProtocol } from "../atomic/index.ts";
import { isUntornError, UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "../transaction/index.ts";
import type { Fence } from "./store.ts";

/** A lease that was given and not given back. */
export interface LeaseRecord {
  readonly key: string;
  readonly token: number;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
  readonly pid: number;
  readonly since: string;
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
  key: string,
  ttlMs: number,
): Protocol<{ readonly granted: LeaseRecord } | { readonly holder: LeaseRecord }> {
  const now = port.clock.now();
  const book = yield* readBook(port, root);
  const holder = book.leases.find((lease) => lease.key === key && lease.expiresMs > now);
  if (holder !== undefined) return { holder };
  const since = new Date(now).toISOString();
  const granted: LeaseRecord = { key, token: book.next, expiresMs: now + ttlMs, pid: port.identity.pid, since };
  const others = book.leases.filter((lease) => lease.key !== key && lease.expiresMs > now);
  yield* writeBook(port, root, { next: book.next + 1, leases: [...others, granted] }, "full");
  return { granted };
}

/** Makes a lease last longer; `undefined` if it is lost. One that has expired is not taken up again, even if nobody has it. */
export function* renew(port: Port, root: Root, fence: Fence, ttlMs: number): Protocol<LeaseRecord | undefined> {
  const book = yield* readBook(port, root);
  const now = port.clock.now();
  const own = book.leases.find((lease) => isOf(lease, fence));
  if (own === undefined || own.expiresMs <= now) return undefined;
  const renewed = { ...own, expiresMs: now + ttlMs };
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

/** Throws UNTORN_FENCED unless the fence is of the newest granting of its lease, and that lasts still. */
export function* checkFence(port: Port, root: Root, fence: Fence): Protocol<void> {
  const book = yield* readBook(port, root);
  const lease = book.leases.find(({ key }) => key === fence.key);
  if (lease === undefined || lease.token < fence.token) throw fenced(fence, "it has ended");
  if (lease.token > fence.token) throw fenced(fence, `process ${lease.pid} has a newer one since ${lease.since}`);
  if (lease.expiresMs <= port.clock.now()) throw fenced(fence, "it has expired");
}

export function fenced({ key, token }: Fence, reason: string): UntornError {
  return new UntornError({
    code: "UNTORN_FENCED",
    path: key,
    phase: "lock",
    outcome: "unchanged",
    problem: `the lease (token ${token}) does not hold any more: ${reason}`,
  });
}

function isOf(lease: LeaseRecord, fence: Fence): boolean {
  return lease.key === fence.key && lease.token === fence.token;
}

function* readBook(port: Port, root: Root): Protocol<LeaseBook> {
  const path = leasePath(root);
  let bytes: Uint8Array;
  try {
    ({ bytes } = yield* readWhole(path));
  } catch (error) {
    if (!isUntornError(error) || error.code !== "UNTORN_NOT_FOUND") throw error;
    // As with revisions: should the file be lost, no token comes twice.
    return { next: Math.floor(port.clock.now()), leases: [] };
  }
  const raw = parsed(bytes);
  if (typeof raw?.["version"] === "number" && raw["version"] > version) throw unreadable("UNTORN_NEWER", path);
  const { untorn, next, leases } = raw ?? {};
  if (untorn !== "leases" || typeof next !== "number" || !Array.isArray(leases)) {
    throw unreadable("UNTORN_CORRUPT", path);
  }
  return { next, leases: leases as LeaseRecord[] };
}

function parsed(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
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
