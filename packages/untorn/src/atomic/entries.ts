import { systemCodeOf, UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Control } from "./control.ts";
import { makeDirectories } from "./directories.ts";
import { etagOf } from "./etag.ts";
import type { RemoveOptions, RenameOptions } from "./options.ts";
import { readWhole } from "./read-file.ts";
import type { SyncState } from "./receipt.ts";
import { replace, syncEntries } from "./replace.ts";
import { within } from "./steps.ts";
import { absolute, split } from "./target.ts";

/** What a removal or a rename did. */
export interface EntryReceipt {
  readonly path: string;
  /** Whether an entry was changed; `false` where there was nothing to remove. */
  readonly changed: boolean;
  readonly synced: { readonly directory: SyncState; readonly createdDirectories: readonly string[] };
  readonly notes: readonly string[];
}

/** Removes one name of a file (a symbolic link itself, not what it points to) and syncs its directory. */
export function* removeProtocol(path: string, options: RemoveOptions, control: Control): Protocol<EntryReceipt> {
  const target = split(absolute(path));
  if (options.ifMatch !== undefined) {
    const { bytes } = yield* readWhole(target.path);
    if (etagOf(bytes) !== options.ifMatch) {
      throw new UntornError({ code: "UNTORN_CONFLICT", path, phase: "commit", outcome: "unchanged" });
    }
  }
  control.check();
  try {
    yield* within("commit", path, "unchanged", call("unlink", target.path));
    control.enter("committed");
  } catch (error) {
    if (options.force !== true || systemCodeOf((error as Error).cause) !== "ENOENT") throw error;
    return { path: target.path, changed: false, synced: { directory: "off", createdDirectories: [] }, notes: [] };
  }
  return yield* entryReceipt(target.path, options, [target.directory], []);
}

/**
 * Gives a file another name, replacing a file of that name, and syncs both directories. With `full` and `normal` the
 * content is synced first: it may come from a program that did not.
 */
export function* renameProtocol(
  port: Port,
  source: string,
  path: string,
  options: RenameOptions,
  control: Control,
): Protocol<EntryReceipt> {
  const from = split(absolute(source));
  const to = split(absolute(path));
  const status = yield* within("resolve", source, "unchanged", call("lstat", from.path));
  if (status === undefined) {
    throw new UntornError({ code: "UNTORN_NOT_FOUND", path: source, phase: "resolve", outcome: "unchanged" });
  }
  if (status.kind === "directory") {
    throw new UntornError({ code: "UNTORN_IS_DIRECTORY", path: source, phase: "resolve", outcome: "unchanged" });
  }
  const created =
    options.mkdir === true ? yield* within("stage", path, "unchanged", makeDirectories(to.directory)) : [];
  if (status.kind === "file" && options.durability !== "off")
    yield* within("sync", source, "unchanged", syncFile(from.path));
  if (options.ifAbsent === true) {
    control.check();
    yield* within("commit", path, "unchanged", call("link", from.path, to.path));
    control.enter("committed");
    // Both names are there now; the old one goes. A crash in between leaves both, with the same content.
    yield* within("commit", path, "replaced", call("unlink", from.path));
  } else {
    yield* replace(port, { path: from.path, status, target: to }, control);
  }
  const directories = from.directory === to.directory ? [to.directory] : [to.directory, from.directory];
  return yield* entryReceipt(to.path, options, directories, created);
}

function* syncFile(path: string): Protocol<void> {
  const handle = yield* call("open", path, "read", 0);
  try {
    yield* call("fsync", handle);
  } finally {
    yield* call("close", handle);
  }
}

function* entryReceipt(
  path: string,
  options: { readonly durability?: string },
  directories: readonly string[],
  created: readonly string[],
): Protocol<EntryReceipt> {
  const notes: string[] = [];
  let directory: SyncState = "off";
  if ((options.durability ?? "full") === "full") {
    directory = "synced";
    for (const [index, each] of directories.entries()) {
      const outcome = yield* syncEntries(each, index === 0 ? created : [], path);
      if (outcome === "synced") continue;
      directory = "unsupported";
      notes.push(outcome.unsupported);
    }
  }
  return { path, changed: true, synced: { directory, createdDirectories: created }, notes };
}
