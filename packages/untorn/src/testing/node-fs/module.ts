import { promisify } from "node:util";
import { realNodeFs } from "../../platform/index.ts";
import type { MemoryPort } from "../memory-port.ts";
import { fsConstants } from "./arguments.ts";
import { MemoryFileHandle } from "./file-handle.ts";
import type { CallLater } from "./file-handle.ts";
import { Route } from "./route.ts";
import { MemoryDirent, MemoryStats } from "./stats.ts";
import { createReadStream, createWriteStream } from "./streams.ts";
import { notSimulated } from "./sync-handles.ts";
import { MemoryNodeFs } from "./sync-names.ts";

type AnyFunction = (...args: readonly unknown[]) => unknown;
type Callback = (error: unknown, ...results: readonly unknown[]) => void;

/** A stand-in for `node:fs`: the parts of it that programs save files with, over a memory port. */
export interface NodeFsModule {
  readonly [name: string]: unknown;
  readonly promises: Readonly<Record<string, unknown>>;
}

export interface NodeFsOptions {
  /** The folder that is simulated; everything else is the real file system, read-only. */
  readonly root: string;
  /** The port that calls go to from now on. */
  readonly port: () => MemoryPort;
}

/** The functions that have a synchronous, a callback and a promise form. */
const names = namesOf();

function namesOf(): string[] {
  const found = new Set<string>();
  for (let at: object = MemoryNodeFs.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) if (name.endsWith("Sync")) found.add(name.slice(0, -4));
  }
  return [...found];
}

/**
 * Builds the module. A call in its callback or promise form takes effect a turn of the event loop later, as with the
 * real thread pool: what a caller forgot to wait for has not happened when it goes on.
 */
export function createNodeFs({ root, port }: NodeFsOptions): NodeFsModule {
  const route = new Route(root, realNodeFs);
  const views = new WeakMap<MemoryPort, MemoryNodeFs>();
  const view = (): MemoryNodeFs => {
    const current = port();
    let memory = views.get(current);
    if (memory === undefined) views.set(current, (memory = new MemoryNodeFs(current)));
    return memory;
  };
  const module: Record<string, unknown> = {};
  const promises: Record<string, unknown> = { constants: fsConstants };
  const later: CallLater = (name, ...args) => {
    // The port of the moment of the call: one that is still under way when the test goes on must not reach the next.
    const memory = view();
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          resolve(route.call(memory, name, args));
        } catch (error) {
          reject(error);
        }
      });
    });
  };
  for (const name of Object.keys(realNodeFs)) {
    if (typeof (realNodeFs as unknown as Record<string, unknown>)[name] === "function") {
      module[name] = () => notSimulated(name);
    }
  }
  for (const name of names) {
    module[`${name}Sync`] = (...args: readonly unknown[]) => route.call(view(), name, args);
    module[name] = callbackForm(name, later);
    promises[name] = (...args: readonly unknown[]) => later(name, ...args.map(descriptorOf));
  }
  promises["open"] = async (...args: readonly unknown[]) =>
    new MemoryFileHandle((await later("open", ...args)) as number, later);
  (module["realpathSync"] as { native?: unknown }).native = module["realpathSync"];
  (module["realpath"] as { native?: unknown }).native = module["realpath"];
  return Object.assign(module, {
    promises,
    constants: fsConstants,
    Stats: MemoryStats,
    Dirent: MemoryDirent,
    createWriteStream: (path: unknown, options?: unknown) => createWriteStream(later, path, options),
    createReadStream: (path: unknown, options?: unknown) => createReadStream(later, path, options),
  });
}

function descriptorOf(argument: unknown): unknown {
  return argument instanceof MemoryFileHandle ? argument.fd : argument;
}

/** What a callback is told after the error, if it is more or other than the result. */
const told: Readonly<Record<string, (result: unknown, args: readonly unknown[]) => readonly unknown[]>> = {
  read: (count, args) => [count, args[1]],
  write: (count, args) => [count, args[1]],
  readv: (count, args) => [count, args[1]],
  writev: (count, args) => [count, args[1]],
};

/** What the promisified form resolves to, where that is not the result. */
const promised: Readonly<Record<string, readonly [string, string]>> = {
  read: ["bytesRead", "buffer"],
  write: ["bytesWritten", "buffer"],
  readv: ["bytesRead", "buffers"],
  writev: ["bytesWritten", "buffers"],
};

function callbackForm(name: string, later: CallLater): AnyFunction {
  const form: AnyFunction = (...given) => {
    const callback = given.at(-1) as Callback;
    const args = given.slice(0, -1);
    if (typeof callback !== "function") {
      throw Object.assign(new TypeError('The "cb" argument must be of type function.'), {
        code: "ERR_INVALID_ARG_TYPE",
      });
    }
    // Out of the promise, so that what the callback throws is not taken for a failure of the call.
    const tell = (error: unknown, ...results: readonly unknown[]): void => {
      if (name === "exists") process.nextTick(callback, results[0] === true);
      else process.nextTick(callback, error, ...results);
    };
    later(name, ...args).then(
      (result) => tell(null, ...(told[name]?.(result, args) ?? (result === undefined ? [] : [result]))),
      (error: unknown) => tell(error),
    );
  };
  const parts = promised[name];
  if (parts !== undefined) {
    Object.defineProperty(form, promisify.custom, {
      value: async (...args: readonly unknown[]) => ({ [parts[0]]: await later(name, ...args), [parts[1]]: args[1] }),
    });
  } else if (name === "exists") {
    Object.defineProperty(form, promisify.custom, { value: (...args: readonly unknown[]) => later(name, ...args) });
  }
  return form;
}
