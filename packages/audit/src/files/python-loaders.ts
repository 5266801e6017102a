import { join } from "node:path";
import { readSource } from "./read.ts";
import { walk } from "./walk.ts";

/** What runs a file that is named by its path, without the folder of it on Python's path. */
const loading =
  /\b(spec_from_file_location|SourceFileLoader|run_path|load_source|execfile)\b|(?<![.\w])(exec|compile)[ \t]*\(/;
const fileName = /([\w.-]+\.py)["']/g;

const known = new WeakMap<object, ReadonlyMap<string, ReadonlySet<string>>>();

/**
 * Whether another Python file below the root loads one by its path: it has a call that does so, and names the file. All
 * are read once in a run, when this is first asked; one that cannot be read says nothing.
 */
export function isLoadedByPath(run: object, root: string, file: string): boolean {
  const loaders = known.get(run) ?? readLoaders(root);
  known.set(run, loaders);
  const by = loaders.get(file.slice(file.lastIndexOf("/") + 1)) ?? new Set();
  return [...by].some((other) => other !== file);
}

/** The files that load others, by the names of those. */
function readLoaders(root: string): ReadonlyMap<string, ReadonlySet<string>> {
  const loaders = new Map<string, Set<string>>();
  const wanted = { folder: () => true, file: (_: string, name: string) => name.endsWith(".py"), unread: () => {} };
  for (const file of walk(root, wanted)) {
    const read = readSource(join(root, file));
    if (!("text" in read) || !loading.test(read.text)) continue;
    for (const [, name = ""] of read.text.matchAll(fileName)) {
      const others = loaders.get(name) ?? new Set();
      loaders.set(name, others.add(file));
    }
  }
  return loaders;
}
