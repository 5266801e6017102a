import { UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { runAsync, runSync } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { undisturbed } from "./control.ts";
import type { Control } from "./control.ts";
import { toSource } from "./data.ts";
import type { Data } from "./data.ts";
import { shareDirectorySyncs } from "./directory-sync.ts";
import { removeProtocol, renameProtocol } from "./entries.ts";
import type { EntryReceipt } from "./entries.ts";
import { entryKey, locate } from "./keys.ts";
import { checkOptions, optionNames } from "./options.ts";
import type { ReadOptions, RemoveOptions, RenameOptions, WriteOptions } from "./options.ts";
import { PathOrder } from "./path-order.ts";
import type { Task } from "./path-order.ts";
import { aborted } from "./pending-file.ts";
import { readStrict } from "./read-file.ts";
import type { FileContent } from "./read-file.ts";
import type { Receipt } from "./receipt.ts";
import { writeProtocol } from "./write-file.ts";

type TextReadOptions = ReadOptions & { readonly encoding: "utf8" | "utf-8" };

/** The calls on whole files, for one port. The package's own functions are these, for the file system of this machine. */
export class Files {
  readonly port: Port;
  readonly order: PathOrder;

  constructor(port: Port) {
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
    return settled(() => {
      const request = this.#writeRequest(path, data, options);
      const { target, keys } = locate(this.port, path, options.symlinks ?? "follow");
      // The target that was looked up is good for a protocol that starts in this very call; a later start looks again.
      let fresh: typeof target | undefined = target;
      const task: Task<Receipt> = {
        ...request,
        start: (control) => request.start(control, fresh),
        joinKey: options.coalesce === true && target !== undefined ? joinKey(target.path, options) : undefined,
      };
      const receipt = this.order.submit(keys, task);
      fresh = undefined;
      return receipt;
    });
  }

  /** As `writeFile`, on the calling thread; earlier asynchronous calls for the file are completed first. */
  writeFileSync(path: string, data: Data, options: WriteOptions = {}): Receipt {
    const request = this.#writeRequest(path, data, options);
    this.#settleSync(path, () => locate(this.port, path, options.symlinks ?? "follow").keys);
    return runSync(this.port, request.start(undisturbed, undefined));
  }

  /**
   * Reads a whole file, strictly: UNTORN_NOT_FOUND means that there is no such file, and nothing else does. An empty
   * file, a file of NULs and text that is not valid UTF-8 are UNTORN_CORRUPT. Never changes anything.
   */
  readFile(path: string, options: TextReadOptions): Promise<FileContent<string>>;
  readFile(path: string, options?: ReadOptions): Promise<FileContent>;
  readFile(path: string, options: ReadOptions = {}): Promise<FileContent<Uint8Array | string>> {
    return settled(() => {
      checkOptions(path, options, optionNames.read);
      return this.run(readStrict(path, options));
    });
  }

  /** As `readFile`, on the calling thread. */
  readFileSync(path: string, options: TextReadOptions): FileContent<string>;
  readFileSync(path: string, options?: ReadOptions): FileContent;
  readFileSync(path: string, options: ReadOptions = {}): FileContent<Uint8Array | string> {
    checkOptions(path, options, optionNames.read);
    return runSync(this.port, readStrict(path, options));
  }

  /**
   * Removes a file (a symbolic link itself) and syncs its directory. On failure the file is there, unless the error's
   * `outcome` says `replaced`: then it is gone, but a power cut may bring it back.
   */
  removeFile(path: string, options: RemoveOptions = {}): Promise<EntryReceipt> {
    return settled(() => {
      checkOptions(path, options, optionNames.remove);
      return this.order.submit(
        [entryKey(this.port, path)],
        repeatable(path, (control) => removeProtocol(path, options, control)),
      );
    });
  }

  /** As `removeFile`, on the calling thread. */
  removeFileSync(path: string, options: RemoveOptions = {}): EntryReceipt {
    checkOptions(path, options, optionNames.remove);
    this.#settleSync(path, () => [entryKey(this.port, path)]);
    return runSync(this.port, removeProtocol(path, options, undisturbed));
  }

  /**
   * Renames a file within a filesystem, replacing a file of the new name, and syncs content and both directories. On
   * failure the old name is there as before, unless the error's `outcome` says otherwise.
   */
  renameFile(source: string, path: string, options: RenameOptions = {}): Promise<EntryReceipt> {
    return settled(() => {
      checkOptions(source, {}, []);
      checkOptions(path, options, optionNames.rename);
      return this.order.submit(
        [entryKey(this.port, source), entryKey(this.port, path)],
        repeatable(path, (control) => renameProtocol(this.port, source, path, options, control)),
      );
    });
  }

  /** As `renameFile`, on the calling thread. */
  renameFileSync(source: string, path: string, options: RenameOptions = {}): EntryReceipt {
    checkOptions(source, {}, []);
    checkOptions(path, options, optionNames.rename);
    this.#settleSync(path, () => [entryKey(this.port, source), entryKey(this.port, path)]);
    return runSync(this.port, renameProtocol(this.port, source, path, options, undisturbed));
  }

  #settleSync(path: string, keys: () => readonly string[]): void {
    if (!this.order.idle) this.order.settle(keys(), path);
  }

  #writeRequest(path: string, data: Data, options: WriteOptions) {
    checkOptions(path, options, optionNames.write);
    if (options.ifAbsent === true && options.ifMatch !== undefined) {
      throw new UntornError({
        code: "UNTORN_INVALID_ARGUMENT",
        path,
        phase: "arguments",
        outcome: "unchanged",
        problem: "ifAbsent and ifMatch exclude each other",
      });
    }
    const source = toSource(data, options.encoding ?? "utf8", path);
    const { signal } = options;
    return {
      path,
      signal,
      repeatable: source.known !== undefined,
      start: (control: Control, target: Parameters<typeof writeProtocol>[1]["target"]): Protocol<Receipt> =>
        writeProtocol(this.port, {
          path,
          source,
          options,
          ...(target === undefined ? {} : { target }),
          control:
            signal === undefined
              ? control
              : {
                  ...control,
                  check() {
                    if (signal.aborted) throw aborted(path, signal);
                    control.check();
                  },
                },
        }),
    };
  }
}

function repeatable<T>(path: string, start: (control: Control) => Protocol<T>): Task<T> {
  return { path, start, repeatable: true };
}

/** Unconditional writes with the same options may be answered by the newest; a condition or a signal is one call's own. */
function joinKey(path: string, options: WriteOptions): string | undefined {
  const { ifMatch, ifAbsent, signal, ...rest } = options;
  if (ifMatch !== undefined || ifAbsent === true || signal !== undefined) return undefined;
  return `${path}\0${JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}

/** Errors that are found before anything starts reject the promise, as all others do. */
function settled<T>(start: () => Promise<T>): Promise<T> {
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
