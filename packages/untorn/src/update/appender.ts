import type { Files } from "../atomic/index.ts";
import { runAsync, runSync } from "../protocol/index.ts";
import { settleRoot } from "../transaction/index.ts";
import { appendProtocol } from "./append.ts";
import type { AppendOptions, AppendReceipt, AppendRequest } from "./append.ts";

interface Batch {
  readonly pieces: Uint8Array[];
  readonly options: AppendOptions;
  readonly promise: Promise<AppendReceipt>;
}

/** Appends to logs; calls that come while one is under way share the next write and its sync. */
export class Appender {
  readonly #files: Files;
  readonly #judgeTail: AppendRequest["judgeTail"];
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #next = new Map<string, Batch>();

  constructor(files: Files, judgeTail: AppendRequest["judgeTail"]) {
    this.#files = files;
    this.#judgeTail = judgeTail;
  }

  append(path: string, bytes: Uint8Array, options: AppendOptions): Promise<AppendReceipt> {
    const key = `${path}\0${JSON.stringify([options.durability, options.mkdir, options.lockTimeoutMs])}`;
    const waiting = this.#next.get(key);
    if (waiting !== undefined) {
      waiting.pieces.push(bytes);
      return waiting.promise;
    }
    const pieces = [bytes];
    const before = this.#running.get(path) ?? Promise.resolve();
    const promise = before.then(() => {
      this.#next.delete(key);
      return runAsync(this.#files.port, appendProtocol(this.#files.port, this.#request(path, pieces, options, false)));
    });
    this.#next.set(key, { pieces, options, promise });
    const ended: Promise<unknown> = promise
      .catch(() => {})
      .then(() => this.#running.get(path) === ended && this.#running.delete(path));
    this.#running.set(path, ended);
    return promise;
  }

  appendSync(path: string, bytes: Uint8Array, options: AppendOptions): AppendReceipt {
    return runSync(this.#files.port, appendProtocol(this.#files.port, this.#request(path, [bytes], options, true)));
  }

  #request(path: string, pieces: readonly Uint8Array[], options: AppendOptions, blocking: boolean): AppendRequest {
    return {
      path,
      bytes: pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces),
      judgeTail: this.#judgeTail,
      options,
      blocking,
      settle: (root) => settleRoot(this.#files.port, root),
    };
  }
}
