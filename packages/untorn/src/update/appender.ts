import type { Files } from "../atomic/index.ts";
import { runAsync, runSync } from "../protocol/index.ts";
import { settleRoot } from "../transaction/index.ts";
import { appendProtocol } from "./append.ts";
import type { AppendOptions, AppendReceipt, AppendRequest } from "./append.ts";

/** What is known about the end of lines of one kind of log. */
export type LogKind = Pick<AppendRequest, "judge" | "retain">;

interface Batch {
  readonly pieces: Uint8Array[];
  /** Only calls with the same options can share a write. */
  readonly options: string;
  readonly promise: Promise<AppendReceipt>;
}

/** Appends to logs; calls that come while one is under way share the next write and its sync. */
export class Appender {
  readonly #files: Files;
  readonly #kind: LogKind;
  /** Per path, the end of the line of calls. */
  readonly #ends = new Map<string, Promise<unknown>>();
  /** Per path, the last batch in line, as long as it has not begun. */
  readonly #open = new Map<string, Batch>();

  constructor(files: Files, kind: LogKind) {
    this.#files = files;
    this.#kind = kind;
  }

  append(path: string, bytes: Uint8Array, options: AppendOptions): Promise<AppendReceipt> {
    const { signal, ...plain } = options;
    const key = JSON.stringify(Object.entries(plain).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const waiting = this.#open.get(path);
    if (waiting?.options === key && signal === undefined) {
      waiting.pieces.push(bytes);
      return waiting.promise;
    }
    const pieces = [bytes];
    const before = this.#ends.get(path) ?? Promise.resolve();
    const promise = before.then(() => {
      if (this.#open.get(path)?.pieces === pieces) this.#open.delete(path);
      return runAsync(this.#files.port, appendProtocol(this.#files.port, this.#request(path, pieces, options, false)));
    });
    // A signal is one call's own, and so is its batch.
    if (signal === undefined) this.#open.set(path, { pieces, options: key, promise });
    else this.#open.delete(path);
    const ended: Promise<unknown> = promise
      .catch(() => {})
      .then(() => this.#ends.get(path) === ended && this.#ends.delete(path));
    this.#ends.set(path, ended);
    return promise;
  }

  appendSync(path: string, bytes: Uint8Array, options: AppendOptions): AppendReceipt {
    this.#files.runEarlier(path);
    return runSync(this.#files.port, appendProtocol(this.#files.port, this.#request(path, [bytes], options, true)));
  }

  #request(path: string, pieces: readonly Uint8Array[], options: AppendOptions, blocking: boolean): AppendRequest {
    return {
      path,
      bytes: pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces),
      ...this.#kind,
      options,
      blocking,
      settle: (root) => settleRoot(this.#files.port, root),
    };
  }
}
