import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UntornError } from "untorn";

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

export async function importModule(path: string): Promise<Imported> {
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
export async function importTypeScript(path: string): Promise<Imported> {
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
