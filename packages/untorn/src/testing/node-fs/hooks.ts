/**
 * Module hooks that hand out the simulated `node:fs` (nodejs.org/api/module.html, customization hooks). They run in a
 * thread of their own where Node has no synchronous ones, so they hold nothing but what `initialize` is given.
 */
export interface HookData {
  /** Where this library's compiled files are: they keep the real file system, except in a second copy of their own. */
  readonly own: string;
  readonly names: readonly string[];
  readonly promiseNames: readonly string[];
}

interface Resolved {
  url: string;
  format?: string | null;
  shortCircuit?: boolean;
}

interface Context {
  readonly parentURL?: string | undefined;
}

const scheme = "untorn-simulated:";
const simulated = "?simulated";
const symbolText = `globalThis[Symbol.for("untorn.simulated-fs")]`;

let data: HookData = { own: "", names: [], promiseNames: [] };

export function initialize(given: HookData): void {
  data = given;
}

/** Whether an import of `node:fs` from there is to be simulated. */
function isSimulated(parentURL: string | undefined): boolean {
  return parentURL !== undefined && (!parentURL.startsWith(data.own) || parentURL.endsWith(simulated));
}

function builtin(specifier: string, context: Context): Resolved | undefined {
  const name = specifier.replace(/^node:/, "");
  if ((name !== "fs" && name !== "fs/promises") || !isSimulated(context.parentURL)) return undefined;
  return { url: scheme + name, format: "module", shortCircuit: true };
}

/** Code under test gets a copy of this library that sees the simulated file system too. */
function ownCopy(resolved: Resolved, context: Context): Resolved {
  if (!resolved.url.startsWith(data.own) || !isSimulated(context.parentURL)) return resolved;
  return { ...resolved, url: resolved.url + simulated };
}

function sourceOf(url: string): { format: "module"; shortCircuit: true; source: string } | undefined {
  if (!url.startsWith(scheme)) return undefined;
  const inner = url === `${scheme}fs/promises`;
  const object = inner ? `${symbolText}.promises` : symbolText;
  const names = (inner ? data.promiseNames : data.names).map((name) => `export const ${name} = fs.${name};`);
  return {
    format: "module",
    shortCircuit: true,
    source: `const fs = ${object};\nexport default fs;\n${names.join("\n")}`,
  };
}

export async function resolve(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Promise<Resolved>,
): Promise<Resolved> {
  return builtin(specifier, context) ?? ownCopy(await next(specifier, context), context);
}

export async function load<C>(
  url: string,
  context: C,
  next: (url: string, context: C) => Promise<unknown>,
): Promise<unknown> {
  return sourceOf(url) ?? next(url, context);
}

export function resolveSync(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Resolved,
): Resolved {
  return builtin(specifier, context) ?? ownCopy(next(specifier, context), context);
}

export function loadSync<C>(url: string, context: C, next: (url: string, context: C) => unknown): unknown {
  return sourceOf(url) ?? next(url, context);
}
