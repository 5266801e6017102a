import type { realNodeFs } from "../../platform/index.ts";
import { systemError } from "../system-error.ts";
import { openConstants, toFlags, toPath } from "./arguments.ts";
import type { MemoryNodeFs } from "./sync-names.ts";

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** Descriptors of simulated files start here, so that they are told apart from real ones. */
const firstDescriptor = 1_000_000;

/** Functions that only look: outside the simulated folder they see the real file system. */
const looking = new Set(["stat", "lstat", "access", "exists", "readFile", "readdir", "readlink", "realpath", "open"]);
/** Functions whose second argument is a path as well. */
const twoPaths = new Set(["rename", "link", "copyFile"]);

/** Where calls go: into the simulated folder, or, if they only look, to the real file system. */
export class Route {
  readonly root: string;
  readonly #real: typeof realNodeFs;

  constructor(root: string, real: typeof realNodeFs) {
    this.root = root.replace(/\/+$/, "");
    this.#real = real;
  }

  /** Makes a call on `memory`; `name` is without `Sync`. */
  call(memory: MemoryNodeFs, name: string, args: readonly unknown[]): unknown {
    const [subject, ...rest] = args;
    if (typeof subject === "number") {
      if (subject < firstDescriptor) return this.#realFunction(name)(...args);
      return this.#memoryFunction(memory, name)(subject - firstDescriptor, ...rest);
    }
    if (name === "symlink") return this.#inside(args[1], name, () => this.#memoryFunction(memory, name)(...args));
    const here = this.isInside(subject);
    const both = !twoPaths.has(name) || this.isInside(args[1]) === here;
    if (here && both) {
      const result = this.#memoryFunction(memory, name)(...args);
      return name === "open" ? (result as number) + firstDescriptor : result;
    }
    if (!both && name === "copyFile" && !here) {
      return this.call(memory, "writeFile", [args[1], this.#realFunction("readFile")(subject)]);
    }
    if (!both) throw systemError("EXDEV", name, toPath(subject), toPath(args[1]));
    if (looking.has(name) && !(name === "open" && writes(args[1]))) return this.#realFunction(name)(...args);
    throw outside(name, toPath(subject));
  }

  isInside(path: unknown): boolean {
    const text = toPath(path).replace(/\/+/g, "/").replaceAll("/./", "/");
    return text === this.root || text.startsWith(`${this.root}/`);
  }

  #inside(path: unknown, name: string, action: () => unknown): unknown {
    if (this.isInside(path)) return action();
    throw outside(name, toPath(path));
  }

  #memoryFunction(memory: MemoryNodeFs, name: string): AnyFunction {
    const found = (memory as unknown as Record<string, AnyFunction>)[`${name}Sync`] as AnyFunction;
    return found.bind(memory);
  }

  #realFunction(name: string): AnyFunction {
    return (this.#real as unknown as Record<string, AnyFunction>)[`${name}Sync`] as AnyFunction;
  }
}

function writes(flags: unknown): boolean {
  if (flags === undefined || flags === null) return false;
  const { write, create, truncate } = toFlags(typeof flags === "number" ? flags & openMask : flags);
  return write === true || create === true || truncate === true;
}

/** The bits that tell writing from reading have these values on every system but Windows. */
const openMask = 3 | openConstants.O_CREAT | openConstants.O_TRUNC;

function outside(name: string, path: string): NodeJS.ErrnoException {
  const error = systemError("EROFS", name, path);
  error.message = `${error.message} (only the folder under test can be changed in a crash test)`;
  return error;
}
