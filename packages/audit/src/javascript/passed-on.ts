import type { Neighbour } from "../analysis/source.ts";
import { isRemoval, isRename, knownModule } from "./apis.ts";

/** What a project's own module passes on of a file-system module, unchanged. */
export interface PassedOn {
  readonly module: string;
  has(member: string): boolean;
}

const mention = /(?:from|require\s*\(|import)\s*["'`]([\w:/@.-]+)["'`]/g;
/** Modules that are worth a look: they are called after files, or by the name that `fs` usually has. */
const worthALook = /(^|[-_./])(n?fs|fse|fsp|fs-?extra|file-?system|files?|io)([-_.]|$)/i;
const original = `["'](?:node:)?(?:fs|fs/promises|fs-extra|graceful-fs)["']`;
/** `export * from "fs"`, `module.exports = require("fs-extra")`, `{ ...fs, more }`. */
const everything = [
  `export\\s*\\*\\s*from\\s*${original}`,
  `export\\s*\\{\\s*default\\b[^}]*\\}\\s*from\\s*${original}`,
  `(?:module\\.exports\\s*=|export\\s+default)\\s*(?:require\\(${original}\\)|n?fs\\w*)\\s*(?:;|\\n|$)`,
  `\\.\\.\\.\\s*(?:n?fs\\w*|require\\(${original}\\))\\s*[,}\\n]`,
].map((pattern) => new RegExp(pattern));

/**
 * `const fs = require("./fs-native")`: a project's module may hand on `fs` under its own name, as a whole or function by
 * function. A call of such a function is a call of Node's; functions that the module defines itself are its own.
 */
export function passedOn(specifier: string, neighbour: Neighbour): PassedOn | null {
  if (!specifier.startsWith(".") || !worthALook.test(specifier)) return null;
  const text = neighbour(specifier);
  if (text === null) return null;
  const modules = [...text.matchAll(mention)].map((match) => knownModule(match[1] ?? "")).filter((one) => one !== null);
  const [module] = modules;
  if (module === undefined) return null;
  const whole = everything.some((pattern) => pattern.test(text));
  return {
    module: modules.includes("fs-extra") ? "fs-extra" : "fs",
    has(member) {
      // Whatever a project's own `remove` and `move` do besides, they remove and move.
      if (isRename(member) || isRemoval(member)) return true;
      const handed = `\\b${member}\\s*[:=]\\s*(?:promisify\\(\\s*)?\\w*[fF][sS]\\w*(?:\\.promises)?\\.${member}\\b`;
      const exported = `export\\s*\\{[^}]*\\b${member}\\b[^}]*\\}\\s*from\\s*${original}`;
      if (new RegExp(`${handed}|${exported}`).test(text)) return true;
      return whole && !new RegExp(`function\\s+${member}\\b|\\b${member}\\s*[:=(]`).test(text);
    },
  };
}
