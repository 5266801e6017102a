import { existsSync, readFileSync, realpathSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkPath } from "./arguments.ts";
import { UntornError } from "./errors.ts";

const names = ["untorn.config.json", "untorn.config.ts", "untorn.config.mts", "untorn.config.js", "untorn.config.mjs"];

/**
 * The `untorn.config.json` for a folder, or its `.ts`, `.mts`, `.js`, `.mjs`, as an absolute path: the one in the folder
 * itself, or the nearest above it, up to the folder with `.git`; undefined where there is none. Outside of a repository
 * nothing above the folder is looked at, because a program is not to run what just anybody has put above it. Nothing is
 * read, and a folder that cannot be looked into has no such file.
 * @throws UntornError UNTORN_INVALID_ARGUMENT for what is no path
 */
export function findConfig(folder: string): string | undefined {
  checkPath(folder);
  const start = startOf(folder);
  const own = configIn(start);
  if (own !== undefined) return own;
  const above: string[] = [];
  for (let each = start; !existsSync(join(each, ".git")); each = dirname(each)) {
    if (dirname(each) === each) return undefined;
    above.push(dirname(each));
  }
  for (const each of above) {
    const found = configIn(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Absolute. What `link/..` is only the system knows (Windows itself takes `..` away before it looks). */
function startOf(folder: string): string {
  const [, up, rest = ""] = (process.platform === "win32" ? null : /^(.*\/\.\.)(?:\/+(.*))?$/s.exec(folder)) ?? [];
  return up !== undefined && existsSync(up) ? resolve(realpathSync.native(up), rest) : resolve(folder);
}

function configIn(folder: string): string | undefined {
  const name = names.find((each) => existsSync(join(folder, each)));
  return name === undefined ? undefined : join(folder, name);
}

/** The members of an `untorn.config`, each of which its own reader checks. */
export interface ConfigParts {
  readonly audit?: unknown;
  readonly layouts?: unknown;
}

const parts = ["audit", "layouts"];

/**
 * What an `untorn.config` holds, by its members; one that begins with `$` (`$schema`) is for other programs.
 * @throws UntornError UNTORN_CORRUPT for what is no object and for members that nobody reads: a misspelt one would do nothing, in silence
 */
export function configParts(whole: unknown, path: string): ConfigParts {
  const isObject = typeof whole === "object" && whole !== null && !Array.isArray(whole);
  const unknown = isObject ? Object.keys(whole).find((key) => !parts.includes(key) && !key.startsWith("$")) : undefined;
  if (isObject && unknown === undefined) return whole;
  throw new UntornError({
    code: "UNTORN_CORRUPT",
    path,
    phase: "read",
    outcome: "unchanged",
    problem: isObject
      ? `${JSON.stringify(unknown)} is no setting; there are ${parts.join(" and ")}`
      : "it must be an object",
    next: "Mend the configuration.",
  });
}

/**
 * The default export of a configuration that is a module. TypeScript is read by Node itself, with its types stripped: from
 * 22.18 on, and from 22.15 on with its own hooks; before that, if it has no types in it. Nothing on disk is changed.
 * @throws UntornError UNTORN_UNSUPPORTED for TypeScript where this Node cannot read it; what the module throws, and what
 * Node says of one that cannot be found or parsed, is passed on as it is.
 */
export async function importConfig(path: string): Promise<unknown> {
  return (await (/\.m?ts$/.test(path) ? importTypeScript(path) : importModule(path))).default;
}

interface Imported {
  readonly default?: unknown;
}

type Load = (url: string, context: object, next: (url: string, context: object) => object) => object;

/** What newer versions of Node have beside what their types for version 20 say. */
interface NewerModule {
  /** From 22.13. */
  readonly stripTypeScriptTypes?: (code: string) => string;
  /** From 22.15. */
  readonly registerHooks?: (hooks: { load: Load }) => { deregister: () => void };
}

async function importModule(path: string): Promise<Imported> {
  return (await import(pathToFileURL(path).href)) as Imported;
}

/** Where Node knows nothing of TypeScript, a file that has no types in it and imports none beside it is JavaScript. */
async function importUntyped(path: string): Promise<Imported> {
  try {
    return (await import(`data:text/javascript;base64,${readFileSync(path).toString("base64")}`)) as Imported;
  } catch (error) {
    throw new UntornError({
      code: "UNTORN_UNSUPPORTED",
      path,
      phase: "read",
      outcome: "unchanged",
      problem: `Node ${process.versions.node} cannot read TypeScript, and as JavaScript it cannot be read either`,
      next: "Use Node 22.18 or later, or write it without types and imports, or as untorn.config.mjs or untorn.config.json.",
      cause: error,
    });
  }
}

/**
 * Imports a TypeScript file whose types can be erased: by Node itself where it does that, else with its types stripped by hooks,
 * also of what it imports in TypeScript.
 */
async function importTypeScript(path: string): Promise<Imported> {
  // "strip" or "transform" where Node does it by itself.
  const { typescript } = process.features as { readonly typescript?: unknown };
  if (typeof typescript === "string") return await importModule(path);
  const { stripTypeScriptTypes: strip, registerHooks } = nodeModule as NewerModule;
  if (strip === undefined || registerHooks === undefined) return await importUntyped(path);
  const hooks = registerHooks({
    load: (url, context, next) =>
      url.startsWith("file:") && /\.m?ts$/.test(url)
        ? { format: "module", shortCircuit: true, source: strip(readFileSync(fileURLToPath(url), "utf8")) }
        : next(url, context),
  });
  try {
    return await importModule(path);
  } finally {
    hooks.deregister();
  }
}
