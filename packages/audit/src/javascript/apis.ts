import type { Operation } from "../analysis/site.ts";

/** Where the arguments of a writing call are; indexes count from 0. */
export interface Api {
  readonly operation: Operation;
  readonly path: number;
  readonly data?: number;
  readonly options?: number;
  readonly source?: number;
  readonly append?: true;
  /** What `flags` is when nothing says so. */
  readonly flags?: "w" | "r";
  /** The file is replaced whole. */
  readonly atomic?: true;
  /** The source may be a folder: only a path that names a file counts. */
  readonly tree?: true;
}

const write: Api = { operation: "write", path: 0, data: 1, options: 2, flags: "w" };
const append: Api = { operation: "write", path: 0, data: 1, options: 2, append: true };
const stream: Api = { operation: "stream", path: 0, options: 1, flags: "w" };
const open: Api = { operation: "open", path: 0, options: 1, flags: "r" };
const copy: Api = { operation: "copy", source: 0, path: 1, options: 2 };
const tree: Api = { operation: "copy", source: 0, path: 1, options: 2, tree: true };

function both(name: string, api: Api): Record<string, Api> {
  return { [name]: api, [`${name}Sync`]: api };
}

const nodeFs: Readonly<Record<string, Api>> = {
  ...both("writeFile", write),
  ...both("appendFile", append),
  ...both("copyFile", copy),
  ...both("cp", copy),
  ...both("open", open),
  createWriteStream: stream,
};

const fsExtra: Readonly<Record<string, Api>> = {
  ...nodeFs,
  ...both("outputFile", write),
  ...both("outputJson", write),
  ...both("outputJSON", write),
  ...both("writeJson", write),
  ...both("writeJSON", write),
  ...both("copy", tree),
};

/** The modules whose calls write files in place, by what they are imported as. */
const modules: Readonly<Record<string, Readonly<Record<string, Api>>>> = {
  fs: nodeFs,
  "fs/promises": nodeFs,
  "fs-extra": fsExtra,
  "fs-extra/esm": fsExtra,
  "graceful-fs": nodeFs,
  "mz/fs": nodeFs,
  "fs-promise": nodeFs,
  "promise-fs": nodeFs,
  jsonfile: both("writeFile", write),
  untorn: both("writeFile", { ...write, atomic: true }),
  Bun: { write: { operation: "write", path: 0, data: 1, options: 2, flags: "w" } },
  Deno: {
    ...both("writeFile", write),
    ...both("writeTextFile", write),
    ...both("copyFile", copy),
    ...both("open", { operation: "open", path: 0, options: 1, flags: "r" }),
    ...both("create", { operation: "open", path: 0, flags: "w" }),
  },
};

const renames = new Set(["rename", "renameSync", "link", "linkSync", "move", "moveSync"]);
const removals = new Set(["unlink", "unlinkSync", "rm", "rmSync", "remove", "removeSync", "rimraf"]);

/** The module behind an import, or null if its calls are of no interest: `node:fs` is `fs`. */
export function knownModule(specifier: string): string | null {
  const name = specifier.replace(/^(node|npm|jsr):/, "").replace(/@[\d^~][^/]*$/, "");
  return Object.hasOwn(modules, name) ? name : null;
}

export function apiOf(module: string, member: string): Api | null {
  const table = modules[module];
  return table !== undefined && Object.hasOwn(table, member) ? (table[member] ?? null) : null;
}

export function isRename(member: string): boolean {
  return renames.has(member);
}

export function isRemoval(member: string): boolean {
  return removals.has(member);
}

/** Every member name that a writing, renaming or removing call can have. */
export const memberNames: readonly string[] = [
  ...new Set([...Object.values(modules).flatMap((table) => Object.keys(table)), ...renames, ...removals, "writer"]),
];
