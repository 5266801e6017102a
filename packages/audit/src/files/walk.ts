import type { Dirent } from "node:fs";
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import type { Ignore } from "ignore";
import { readText } from "./read.ts";

/** Folders that are no code at all. */
const internal = new Set([".git", ".hg", ".svn", "__pycache__"]);
/** Folders that hold a project's own code only where its `.gitignore` says so: `!packages/node_modules`. */
const foreign = new Set(["node_modules", ".venv", "venv", "site-packages", ".tox"]);

interface Rules {
  /** The folder the rules were found in, relative to the root, with a trailing `/`, or empty. */
  readonly base: string;
  /** The way from a folder above the root down to it, with a trailing `/`; empty for rules below the root. */
  readonly below: string;
  readonly rules: Ignore;
}

/** What a walk is to look at; asked before the `.gitignore` files are, which take longer to answer. */
export interface Wanted {
  /** Whether a folder (relative to the root, with a trailing `/`) may hold anything of interest. */
  folder(path: string): boolean;
  file(path: string, name: string): boolean;
  /** Is told of a folder or a `.gitignore` that cannot be read; the walk goes on without it. */
  unread(this: void, path: string, error: unknown): void;
}

/**
 * Every wanted file below a folder, as paths relative to it with `/`, in order of name. `.gitignore` files are honoured,
 * also nested ones; links to folders are not followed. Throws where the folder itself cannot be read.
 */
export function* walk(root: string, wanted: Wanted): Generator<string> {
  const outer = rulesAbove(root, wanted);
  if (outer !== null) yield* walkFolder({ root, wanted }, "", outer);
}

/** The rules of the folders above, up to the top of the repository; null where they ignore the root itself. */
function rulesAbove(root: string, wanted: Wanted): readonly Rules[] | null {
  const rules: Rules[] = [];
  let below = "";
  for (let folder = root; !existsSync(join(folder, ".git"));) {
    const parent = dirname(folder);
    if (parent === folder) return [];
    below = `${basename(folder)}/${below}`;
    folder = parent;
    if (!existsSync(join(folder, ".gitignore"))) continue;
    const found = readRules(folder, "", (_, error) => wanted.unread(relative(root, join(folder, ".gitignore")), error));
    if (found !== null) rules.unshift({ ...found, below });
  }
  return verdictOn("", rules) === "ignored" ? null : rules;
}

function* walkFolder(
  walked: { readonly root: string; readonly wanted: Wanted },
  folder: string,
  outer: readonly Rules[],
): Generator<string> {
  const { root, wanted } = walked;
  const entries = entriesOf(root, folder, wanted);
  const own = entries.some((entry) => entry.name === ".gitignore") ? readRules(root, folder, wanted.unread) : null;
  const rules = own === null ? outer : [...outer, own];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder + entry.name;
    if (entry.isDirectory()) {
      const below = `${path}/`;
      if (internal.has(entry.name) || !wanted.folder(below)) continue;
      const verdict = verdictOn(below, rules);
      if (verdict === "kept" || (verdict === null && !foreign.has(entry.name))) yield* walkFolder(walked, below, rules);
    } else if (entry.isFile() && wanted.file(path, entry.name) && verdictOn(path, rules) !== "ignored") yield path;
  }
}

function entriesOf(root: string, folder: string, wanted: Wanted): Dirent[] {
  try {
    return readdirSync(`${root}/${folder}`, { withFileTypes: true });
  } catch (error) {
    if (folder === "") throw error;
    wanted.unread(folder, error);
    return [];
  }
}

/** Required, not imported: an `import` of CommonJS loads Node's own parser for it, which costs more than this program's start. */
const require = createRequire(import.meta.url);

function readRules(root: string, folder: string, unread: Wanted["unread"]): Rules | null {
  const ignore = require("ignore") as typeof import("ignore");
  try {
    return { base: folder, below: "", rules: ignore().add(readText(join(root, folder, ".gitignore"))) };
  } catch (error) {
    unread(`${folder}.gitignore`, error);
    return null;
  }
}

/** The innermost `.gitignore` that says something about a path decides. */
function verdictOn(path: string, rules: readonly Rules[]): "ignored" | "kept" | null {
  for (let index = rules.length - 1; index >= 0; index -= 1) {
    const one = rules[index];
    if (one === undefined) continue;
    const { base, below, rules: own } = one;
    const verdict = own.test(below + path.slice(base.length));
    if (verdict.ignored) return "ignored";
    if (verdict.unignored) return "kept";
  }
  return null;
}
