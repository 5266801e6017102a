import { invalidArgument } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { refusing, runAsync, runSync } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { undisturbed } from "./control.ts";
import type { Control } from "./control.ts";
import { closeUnused, snapshot, toSource } from "./data.ts";
import type { Data } from "./data.ts";
import { shareDirectorySyncs } from "./directory-sync.ts";
import { removeProtocol, renameProtocol } from "./entries.ts";
import type { EntryReceipt } from "./entries.ts";
import { entryKeys, locate } from "./keys.ts";
import type { Located } from "./keys.ts";
import { checkOptions, optionNames } from "./options.ts";
import type { Durability, ReadOptions, RemoveOptions, RenameOptions, WriteOptions } from "./options.ts";
import { PathOrder } from "./path-order.ts";
import type { Task } from "./path-order.ts";
import { absolute } from "./paths.ts";
import { aborted } from "./pending-file.ts";
import { reportedWrite } from "./reports.ts";
import { readStrict } from "./read-file.ts";
import type { FileContent } from "./read-file.ts";
import type { Receipt } from "./receipt.ts";
import type { Target } from "./target.ts";
import { writeProtocol } from "./write-file.ts";
import type { WriteRequest } from "./write-file.ts";

type TextReadOptions = ReadOptions & { readonly encoding: "utf8" | "utf-8" };

/** The calls on whole files, for one port. The package's own functions are these, for the file system of this machine. */
export class Files {
  readonly port: Port;
  readonly order: PathOrder;

  readonly #write: FileWriter;

  readonly #left: NameLeaver | undefined;

  /**
   * `write` carries a request out; the one that is there by itself keeps no generations. `left` is told of names that were removed or
   * renamed.
   */
  constructor(port: Port, write: FileWriter = writeProtocol, left?: NameLeaver) {
    this.#write = write;
    this.#left = left;
    const { syncDirectory } = port.later;
    const later =
      syncDirectory === undefined ? port.later : { ...port.later, syncDirectory: shareDirectorySyncs(syncDirectory) };
    this.port = later === port.later ? port : withLater(port, later);
    this.order = new PathOrder(this.port, (protocol) => this.run(protocol));
  }

  /** Runs a protocol asynchronously, outside any order. */
  run<T>(protocol: Protocol<T>): Promise<T> {
    return runAsync(this.port, protocol);
  }

  /**
   * Replaces a file whole, or not at all.
   *
   * On disk afterwards: if it resolves, the new content, durable as `durability` says. If it rejects, the error's
   * `outcome` tells: `unchanged` (the old content, no temp), `replaced` (the new content, but a later step failed, such
   * as the sync of the directory), or `unknown`.
   */
  writeFile(path: string, data: Data, options: WriteOptions = {}): Promise<Receipt> {
    return asPromise(() => {
      const request = this.#writeRequest(path, data, options);
      const located = locate(this.port, request.path, request.options.symlinks ?? "follow", this.order.depth);
      // The target that was looked up is good for a protocol that starts in this very call; a later start looks again,
      // and must not see bytes that have changed meanwhile.
      let { target } = located;
      let { source } = request;
      let started = false;
      const receipt = this.order.submit(located.keys, {
        path: request.path,
        signal: request.options.signal,
        repeatable: source.known !== undefined,
        start: (control, blocking) => {
          started = true;
          return this.#protocolFor({ ...request, source }, control, target, blocking);
        },
        joinKey: source.known === undefined ? undefined : joinKey(located, request),
        drop: () => source.close(),
      });
      target = undefined;
      if (!started && typeof data !== "string") source = snapshot(source);
      return receipt;
    });
  }

  /** As `writeFile`, on the calling thread; earlier asynchronous calls for the file are completed first. */
  writeFileSync(path: string, data: Data, options: WriteOptions = {}): Receipt {
    const request = this.#writeRequest(path, data, options);
    if (request.source.asynchronous) {
      request.source.close();
      throw invalidArgument(request.path, "this data comes in asynchronously, which only writeFile can wait for");
    }
    const policy = request.options.symlinks ?? "follow";
    this.#runEarlier(request.path, () => locate(this.port, request.path, policy, this.order.depth).keys);
    return runSync(this.port, this.#protocolFor(request, undisturbed, undefined, true));
  }

  /**
   * Reads a whole file, strictly: UNTORN_NOT_FOUND means that there is no such file, and nothing else does. An empty
   * file, a file of NULs and text that is not valid UTF-8 are UNTORN_CORRUPT. Never changes anything.
   */
  readFile(path: string, options: TextReadOptions): Promise<FileContent<string>>;
  readFile(path: string, options?: ReadOptions): Promise<FileContent>;
  readFile(path: string, options: ReadOptions = {}): Promise<FileContent<Uint8Array | string>> {
    return asPromise(() => {
      checkOptions(path, options, optionNames.read);
      return this.run(refusing("read", readStrict(absolute(path), { ...options })));
    });
  }

  /** As `readFile`, on the calling thread. */
  readFileSync(path: string, options: TextReadOptions): FileContent<string>;
  readFileSync(path: string, options?: ReadOptions): FileContent;
  readFileSync(path: string, options: ReadOptions = {}): FileContent<Uint8Array | string> {
    checkOptions(path, options, optionNames.read);
    return runSync(this.port, refusing("read", readStrict(absolute(path), options)));
  }

  /**
   * Removes a file (a symbolic link itself) and syncs its directory. On failure the file is there, unless the error's
   * `outcome` says `replaced`: then it is gone, but a power cut may bring it back.
   */
  removeFile(path: string, options: RemoveOptions = {}): Promise<EntryReceipt> {
    return asPromise(() => this.#submit(this.#removal(path, options)));
  }

  /** As `removeFile`, on the calling thread. */
  removeFileSync(path: string, options: RemoveOptions = {}): EntryReceipt {
    return this.#runNow(this.#removal(path, options));
  }

  /**
   * Renames a file within a filesystem, replacing a file of the new name, and syncs content and both directories. On
   * failure the old name is there as before, unless the error's `outcome` says otherwise.
   */
  renameFile(source: string, path: string, options: RenameOptions = {}): Promise<EntryReceipt> {
    return asPromise(() => this.#submit(this.#renaming(source, path, options)));
  }

  /** As `renameFile`, on the calling thread. */
  renameFileSync(source: string, path: string, options: RenameOptions = {}): EntryReceipt {
    return this.#runNow(this.#renaming(source, path, options));
  }

  #removal(path: string, options: RemoveOptions): EntryTask {
    checkOptions(path, options, optionNames.remove);
    const whole = absolute(path);
    const own = { ...options };
    return {
      path: whole,
      entries: [whole],
      start: (control) => {
        const removal = removeProtocol(this.port, whole, own, control);
        return reportedEntry("remove", whole, own, this.#leaving(whole, own, removal));
      },
      repeatable: true,
    };
  }

  #renaming(source: string, path: string, options: RenameOptions): EntryTask {
    checkOptions(source, {}, []);
    checkOptions(path, options, optionNames.rename);
    const from = absolute(source);
    const to = absolute(path);
    const own = { ...options };
    return {
      path: to,
      entries: [from, to],
      start: (control) => {
        const renaming = renameProtocol(this.port, from, to, own, control);
        return reportedEntry("rename", to, own, this.#leaving(from, own, renaming));
      },
      repeatable: true,
    };
  }

  *#leaving(path: string, { durability }: RemoveOptions, change: Protocol<EntryReceipt>): Protocol<EntryReceipt> {
    const receipt = yield* change;
    if (!receipt.changed || this.#left === undefined) return receipt;
    const note = yield* this.#left(this.port, path, durability ?? "full");
    return note === undefined ? receipt : { ...receipt, notes: [...receipt.notes, note] };
  }

  #submit(task: EntryTask): Promise<EntryReceipt> {
    return this.order.submit(this.#keysOf(task), task);
  }

  #runNow(task: EntryTask): EntryReceipt {
    this.#runEarlier(task.path, () => this.#keysOf(task));
    return runSync(this.port, task.start(undisturbed, true));
  }

  #keysOf(task: EntryTask): string[] {
    return task.entries.flatMap((path) => entryKeys(this.port, path, this.order.depth));
  }

  /** Completes the asynchronous calls for a file that were made earlier, here and now; for a synchronous call. */
  runEarlier(path: string): void {
    this.#runEarlier(path, () => locate(this.port, absolute(path), "follow", this.order.depth).keys);
  }

  #runEarlier(path: string, keys: () => readonly string[]): void {
    if (!this.order.idle) this.order.runEarlier(keys(), path);
  }

  /** Everything that the caller could change before the call begins is taken down here. */
  #writeRequest(path: string, data: Data, options: WriteOptions): PlainRequest {
    try {
      this.#checkWrite(path, options);
    } catch (error) {
      closeUnused(data, path);
      throw error;
    }
    const own = options.owner === undefined ? { ...options } : { ...options, owner: { ...options.owner } };
    return { path: absolute(path), source: toSource(data, options.encoding ?? "utf8", path), options: own };
  }

  #checkWrite(path: string, options: WriteOptions): void {
    checkOptions(path, options, optionNames.write);
    if (options.ifAbsent === true && options.ifMatch !== undefined) {
      throw invalidArgument(path, "ifAbsent and ifMatch exclude each other");
    }
    if (options.generations !== undefined && this.#write === writeProtocol) {
      throw invalidArgument(path, "these files keep no generations");
    }
  }

  #protocolFor(
    request: PlainRequest,
    control: Control,
    target: Target | undefined,
    blocking: boolean,
  ): Protocol<Receipt> {
    const { path, source, options } = request;
    const { signal } = options;
    const check = (): void => {
      if (signal?.aborted === true) throw aborted(path, "stage", signal);
      control.check();
    };
    const ordered = signal === undefined ? control : { ...control, check };
    return this.#write(this.port, { path, source, options, target, control: ordered }, blocking);
  }
}

function reportedEntry(
  operation: "remove" | "rename",
  path: string,
  { durability = "full" }: RemoveOptions | RenameOptions,
  protocol: Protocol<EntryReceipt>,
): Protocol<EntryReceipt> {
  return reportedWrite(protocol, { operation, path, durability }, ({ changed }) => {
    return { path, changed, bytes: 0, attempts: 1 };
  });
}

/** Carries a write out; `blocking`: on the calling thread. */
export type FileWriter = (port: Port, request: WriteRequest, blocking: boolean) => Protocol<Receipt>;

/** Is told that a file has no longer this name; returns what there is to say about it in the receipt. */
export type NameLeaver = (port: Port, path: string, durability: Durability) => Protocol<string | undefined>;

type PlainRequest = Pick<WriteRequest, "path" | "source" | "options">;

/** A call on entries, with the paths of those that it changes. */
interface EntryTask extends Task<EntryReceipt> {
  readonly entries: readonly string[];
}

/**
 * Unconditional writes of one file with the same options may be answered by the newest; a condition or a signal is one call's own.
 * The file is known by its exact path: keys, which only order calls, are the same for `Notes` and `notes`.
 */
function joinKey({ target, keys }: Located, { path, options }: PlainRequest): string | undefined {
  const { coalesce, ifMatch, ifAbsent, signal, ...rest } = options;
  if (coalesce !== true || ifMatch !== undefined || ifAbsent === true || signal !== undefined) return undefined;
  return JSON.stringify([target?.path ?? path, keys, Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Errors that are found before anything starts reject the promise, as all others do. */
function asPromise<T>(start: () => Promise<T>): Promise<T> {
  try {
    return start();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The same port with other `later` verbs; its identity and traits are looked up there when they are needed. */
function withLater(port: Port, later: Port["later"]): Port {
  return Object.create(port, { later: { value: later, enumerable: true } }) as Port;
}
