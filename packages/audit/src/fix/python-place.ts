import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import { pythonImports } from "../files/python-folder.ts";
import { python } from "../python/grammar.ts";
import { helperModule } from "./python-helper.ts";

/** Where a file's imports come from: the folder of the helper, and how the file names it. */
export interface HelperPlace {
  /** Relative to the root, with `/`. */
  readonly file: string;
  /** `untorn_files`, `.untorn_files`, `package.untorn_files`. */
  readonly module: string;
  /** The file may be loaded from its folder or as a part of it: one of the two ways to import will do. */
  readonly either: boolean;
}

const mainGuard = /^[ \t]*if (__name__ == ["']__main__["']|["']__main__["'] == __name__)/m;
/** Files that tools load by their path, without their folder on Python's path. */
const loadedByPath = /(^|\/)(setup|conf|conftest|hatch_build|noxfile|fabfile|dodo|env|gunicorn\.conf)\.py$/;

/**
 * The helper of a file. In a package (folders with `__init__.py`) it lies in the topmost one and is imported the way the
 * file, or a file beside it, imports the package. Where nothing shows that it is loaded as a part of it (its folder may be
 * on Python's path, as those of scripts and of plugins are), and outside of packages, the helper lies beside the file, and
 * is imported either way.
 */
export function helperPlace(source: Source, isPackage: (folder: string) => boolean): HelperPlace {
  const folders = source.path.split("/").slice(0, -1);
  const { names, always } = pythonImports(source.text);
  let top = folders.length;
  while (top >= 0 && isPackage(folders.slice(0, top).join("/"))) top -= 1;
  const beside = [...folders, `${helperModule}.py`].join("/");
  const either = { file: beside, module: helperModule, either: true };
  // A folder is a package without `__init__.py`, too, for who imports it so.
  if (top === folders.length) return always ? { ...either, module: `.${helperModule}`, either: false } : either;
  const file = [...folders.slice(0, top + 1), `${helperModule}.py`].join("/");
  const dots = { file, module: ".".repeat(folders.length - top) + helperModule, either: false };
  if (always || /(^|\/)__init__\.py$/.test(source.path)) return dots;
  if (mainGuard.test(source.text)) return either;
  const name = folders[top];
  if (name !== undefined && names.has(name)) return { file, module: `${name}.${helperModule}`, either: false };
  const others = source.folder?.();
  return others?.relative === true || (name !== undefined && others?.imported.has(name) === true) ? dots : either;
}

/** Whether a module beside the file can be imported from it: the file is a script, in a package, or used with its siblings. */
export function hasNeighbours(source: Source, site: SyntaxNode): boolean {
  if (source.loadedByPath?.() === true) return false;
  const { names, relative } = pythonImports(source.text);
  if (relative || source.neighbour?.("./__init__.py") != null) return true;
  const folder = source.folder?.();
  const own = source.path.slice(source.path.lastIndexOf("/") + 1).replace(/\.py$/, "");
  if (folder?.imported.has(own) === true) return true;
  if (loadedByPath.test(source.path)) return false;
  return isScript(source, site) || [...names].some((name) => name !== own && folder?.modules.has(name) === true);
}

/** A file that does something when it is loaded: writes, or calls one of its own functions. */
function isScript(source: Source, site: SyntaxNode): boolean {
  if (source.text.startsWith("#!") || mainGuard.test(source.text)) return true;
  if (ancestor(site, (one) => python.functionKinds.includes(one.kind)) === null) return true;
  const top = operands(source.root);
  const own = new Set(top.map((one) => (one.field("definition") ?? one).field("name")?.text));
  return top
    .filter((one) => /^(expression|if|try)_statement$/.test(one.kind))
    .flatMap((one) => one.findAll(["expression_statement"]))
    .some((one) => {
      const [call] = operands(one);
      const callee = call?.kind === "call" ? (call.field("function")?.text ?? "") : "";
      return own.has(callee) || /^(sys\.exit|asyncio\.run)$/.test(callee);
    });
}
