import assert from "node:assert/strict";
import { etagOf } from "../../src/atomic/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { EmbeddedStore } from "../../src/store/embedded-store.ts";
import type { StoreChange } from "../../src/store/index.ts";
import { SimulatedCrash } from "../../src/testing/index.ts";

/** A store in a simulated directory, before and after one commit. */

export const keep = 4;

export function open(port: Port): EmbeddedStore {
  const store = new EmbeddedStore(port, "/root", { remember: keep });
  runSync(port, store.catchUp());
  return store;
}

export const commit = (store: EmbeddedStore, changes: readonly StoreChange[]): number =>
  runSync(store.port, store.commit(changes, undefined)).revision;

/** What the files are, without the store. */
export function content(port: Port): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of port.fs.readdir("/root").toSorted()) {
    if (name.startsWith(".")) continue;
    const handle = port.fs.open(`/root/${name}`, "read", 0);
    const buffer = new Uint8Array(1000);
    found[name] = Buffer.from(buffer.subarray(0, port.fs.read(handle, buffer, 0))).toString();
    port.fs.close(handle);
  }
  return found;
}

/** Whoever knew the content at `since` knows it now from the events. */
export function replay(
  store: EmbeddedStore,
  since: number,
  before: Readonly<Record<string, string>>,
): Record<string, string> {
  const known: Record<string, string> = Object.fromEntries(
    Object.entries(before).map(([key, text]) => [key, etagOf(Buffer.from(text))]),
  );
  assert.ok(since >= store.view.base && since <= store.view.revision, "the log remembers");
  for (const { revision, changes } of store.view.lines) {
    if (revision <= since) continue;
    for (const { key, etag } of changes) {
      if (etag === null) delete known[key];
      else known[key] = etag;
    }
  }
  return known;
}

export const etags = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, etagOf(Buffer.from(text))]));

export const before = { a: "old a", b: "old b", gone: "x" };
export const after = { a: "new a", b: "old b", made: "y" };
export const change: readonly StoreChange[] = [
  { key: "a", put: "new a" },
  { key: "gone", remove: true },
  { key: "made", put: "y" },
];

export function isCrash(error: unknown): boolean {
  return error instanceof SimulatedCrash || (error as Error).cause instanceof SimulatedCrash;
}

export function prepare(port: Port): void {
  port.fs.mkdir("/root", 0o755);
  port.fs.syncDirectory("/");
  const store = open(port);
  commit(
    store,
    Object.entries(before).map(([key, put]) => ({ key, put })),
  );
}
