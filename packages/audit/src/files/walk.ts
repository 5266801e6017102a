import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import ignore from "ignore";
import type { Ignore } from "ignore";
import { readText } from "./read.ts";

/** Folders that never hold a project's own code. */
const foreign = new Set([
  ".git",
  ".hg",
  ".svn",
  "node_modules",
  ".venv",
  "venv",
  "site-packages",
  "__pycache__",
  ".tox",
]);

interface Rules {
  /** The folder the rules were found in, relative to the root, with a trailing `/`, or empty. */
  readonly base: string;
  /** The way from a folder above the root down to it, with a trailing `/`; empty for rules below the root. */
  readonly below: string;
  readonly rules: Ignore;
}

/**
 * Every file below a folder, as paths relative to it with `/`, in order of name. `.gitignore` files are honoured, also
 * nested ones; links to folders are not followed.
 */
export function* walk(root: string): Generator<string> {
  const outer = rulesAbove(root);
  if (outer !== null) yield* walkFolder(root, "", outer);
}

/** The rules of the folders above, up to the top of the repository; null where they ignore the root itself. */
function rulesAbove(root: string): readonly Rules[] | null {
  const rules: Rules[] = [];
  let below = "";
  for (let folder = root; !existsSync(join(folder, ".git"));) {
    const parent = dirname(folder);
    if (parent === folder) return [];
    below = `${basename(folder)}/${below}`;
    folder = parent;
    if (existsSync(join(folder, ".gitignore"))) rules.unshift({ ...readRules(folder, ""), below });
  }
  return isIgnored("", rules) ? null : rules;
}

function* walkFolder(root: string, folder: string, outer: readonly Rules[]): Generator<string> {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const own = entries.some((entry) => entry.name === ".gitignore") ? readRules(root, folder) : null;
  const rules = own === null ? outer : [...outer, own];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder + entry.name;
    if (entry.isDirectory()) {
      if (!foreign.has(entry.name) && !isIgnored(`${path}/`, rules)) yield* walkFolder(root, `${path}/`, rules);
    } else if (entry.isFile() && !isIgnored(path, rules)) yield path;
  }
}

function readRules(root: string, folder: string): Rules {
  return { base: folder, below: "", rules: ignore().add(readText(join(root, folder, ".gitignore"))) };
}

/** The innermost `.gitignore` that says something about a path decides. */
function isIgnored(path: string, rules: readonly Rules[]): boolean {
  for (const { base, below, rules: own } of rules.toReversed()) {
    const verdict = own.test(below + path.slice(base.length));
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}
