// The library from below its public calls: the laboratory puts a port of its own under them. By their built files, the
// only modules of the laboratory that are not its own.
import { Files } from "../../packages/untorn/dist/src/atomic/index.js";
import { formatJson, openJson } from "../../packages/untorn/dist/src/documents/json/index.js";
import { judgeRecord, keepLast, parseLines } from "../../packages/untorn/dist/src/documents/jsonl/index.js";
import { writeKeeping } from "../../packages/untorn/dist/src/generations/index.js";
import { endRests } from "../../packages/untorn/dist/src/lock/rest.js";
import { nodePort } from "../../packages/untorn/dist/src/platform/index.js";
import type { FileSystem, LaterFileSystem, Port } from "../../packages/untorn/dist/src/platform/index.js";
import { runSync } from "../../packages/untorn/dist/src/protocol/index.js";
import { recoveryOn } from "../../packages/untorn/dist/src/recovery/index.js";
import type { Recoveries } from "../../packages/untorn/dist/src/recovery/index.js";
import { openStoreOn, storeOn } from "../../packages/untorn/dist/src/store/index.js";
import type { DirectoryStore, Store } from "../../packages/untorn/dist/src/store/index.js";
import { transactionsOn } from "../../packages/untorn/dist/src/transaction/index.js";
import type { Transactions } from "../../packages/untorn/dist/src/transaction/index.js";
import { Appender, documentsOn, updatesOn } from "../../packages/untorn/dist/src/update/index.js";
import type { DocumentCalls, Updates } from "../../packages/untorn/dist/src/update/index.js";

export { parseLines };
export type { Port };

/** Every call of the library that the workloads make, on one port. */
export interface Calls {
  readonly files: Files;
  readonly transactions: Transactions;
  readonly updates: Updates;
  readonly appender: Appender;
  readonly json: DocumentCalls<unknown>;
  readonly recoveries: Recoveries;
  readonly openStore: (folder: string) => Promise<Store>;
  /** The same, without looking at it first. */
  readonly store: (folder: string) => DirectoryStore;
}

/** What can be taken out of the library, to see that the laboratory notices. */
export type Fault = "none" | "no-file-sync" | "no-directory-sync" | "no-recovery";

/**
 * This machine's port, as a new object: what the library remembers of one disk, by its port, is not believed of the next.
 * With a fault, a verb answers that it has synced, and has not.
 */
export function newPort(fault: Fault = "none"): Port {
  const fs: FileSystem = { ...nodePort.fs };
  const later: LaterFileSystem = { ...nodePort.later };
  const verb = fault === "no-file-sync" ? "fsync" : fault === "no-directory-sync" ? "syncDirectory" : undefined;
  if (verb !== undefined) {
    fs[verb] = () => "synced";
    Object.assign(later, { [verb]: async () => "synced" });
  }
  return Object.create(nodePort, { fs: { value: fs }, later: { value: later } }) as Port;
}

export function callsOn(port: Port): Calls {
  const files = new Files(port, writeKeeping);
  return {
    files,
    transactions: transactionsOn(files.port),
    updates: updatesOn(files),
    appender: new Appender(files, { judge: judgeRecord, retain: keepLast }),
    json: documentsOn<unknown>(files, {
      open(bytes, path) {
        const document = openJson(bytes, { path });
        return { value: document.value, edit: (value) => Buffer.from(document.edit(value)) };
      },
      create: (value, path) => Buffer.from(formatJson(value, { path })),
    }),
    recoveries: recoveryOn(files, [process.getuid?.() ?? 0]),
    openStore: (folder) => openStoreOn(files.port, folder),
    store: (folder) => storeOn(files.port, folder),
  };
}

/** Closes what rests of locks that were given up, of this port and of those calls that know no other than the machine's. */
export function endRestsOf(port: Port): void {
  for (const each of [port, nodePort]) runSync(each, endRests(each));
}
