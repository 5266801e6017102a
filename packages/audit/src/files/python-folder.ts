import type { Dirent } from "node:fs";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { PythonFolder } from "../analysis/source.ts";
import { readSource } from "./read.ts";

/** What a text imports. */
export interface PythonImports {
  /** The first part of each absolute name. */
  readonly names: ReadonlySet<string>;
  /** Whether anything is imported relatively, and whether the file cannot be loaded without it: no `try` is around it. */
  readonly relative: boolean;
  readonly always: boolean;
}

export function pythonImports(text: string): PythonImports {
  const names = new Set<string>();
  let relative = false;
  for (const [, from, list] of text.matchAll(/^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([^\n#;]+))/gm)) {
    if (from?.startsWith(".") === true) relative = true;
    for (const one of (from ?? list ?? "").split(",")) {
      const name = /^\s*(\w+)/.exec(one)?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return { names, relative, always: /^from[ \t]+\./m.test(text) };
}

const known = new WeakMap<object, Map<string, PythonFolder>>();

/** The Python files of a folder, read once in a run. A folder or file that cannot be read says nothing. */
export function readPythonFolder(run: object, folder: string): PythonFolder {
  const folders = known.get(run) ?? new Map<string, PythonFolder>();
  known.set(run, folders);
  const found = folders.get(folder) ?? readFolder(folder);
  folders.set(folder, found);
  return found;
}

function readFolder(folder: string): PythonFolder {
  const modules = new Set<string>();
  const imported = new Set<string>();
  let relative = false;
  for (const entry of entriesOf(folder)) {
    if (entry.isDirectory()) modules.add(entry.name);
    if (!entry.name.endsWith(".py") || !entry.isFile()) continue;
    modules.add(entry.name.slice(0, -3));
    const read = readSource(join(folder, entry.name));
    const imports = pythonImports("text" in read ? read.text : "");
    for (const name of imports.names) imported.add(name);
    relative ||= imports.relative;
  }
  return { modules, imported, relative };
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
