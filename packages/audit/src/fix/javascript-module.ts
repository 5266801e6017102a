import type { Neighbour, Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";

/** Folders above the one that is fixed, in which a configuration may lie. */
const outside = 8;

/**
 * Whether TypeScript refuses the import of untorn, which is an ES module, in a file that it makes CommonJS of (TS1479):
 * with `module` node16 or node18 in every version, with nodenext before 5.8. Node itself loads it since 20.19, which untorn
 * asks for, and with `module` commonjs TypeScript takes that as given.
 */
export function isRefusedByTypeScript(source: Source): boolean {
  const refused = known.get(source.root) ?? isRefused(source);
  known.set(source.root, refused);
  return refused;
}

const known = new WeakMap<SyntaxNode, boolean>();

function isRefused({ path, neighbour }: Source): boolean {
  if (!/\.c?tsx?$/.test(path) || neighbour === undefined) return false;
  const levels = path.split("/").length - 1 + outside;
  const manifest = nearest(neighbour, "package.json", levels)?.text ?? "";
  if (!path.endsWith(".cts") && /"type"\s*:\s*"module"/.test(manifest)) return false;
  const found = nearest(neighbour, "tsconfig.json", levels);
  const module = found === null ? "" : moduleOf(neighbour, found, 0);
  return /^node1\d$/.test(module) || (module === "nodenext" && isBefore58(manifest));
}

interface Found {
  /** The folder it lies in, from that of the file. */
  readonly folder: string;
  readonly text: string;
}

function nearest(neighbour: Neighbour, name: string, levels: number): Found | null {
  for (let level = 0, folder = "./"; level <= levels; level += 1, folder += "../") {
    const text = neighbour(folder + name);
    if (text !== null) return { folder, text };
  }
  return null;
}

/** The `module` of a configuration, else of the one that it extends. */
function moduleOf(neighbour: Neighbour, { folder, text }: Found, depth: number): string {
  const plain = text.replace(/("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1");
  const module = /"module"\s*:\s*"(\w+)"/.exec(plain)?.[1]?.toLowerCase();
  if (module !== undefined) return module;
  const list = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(plain)?.[1] ?? "";
  // Of several the last one counts.
  for (const [, base = ""] of [...list.matchAll(/"([^"]*)"/g)].toReversed()) {
    // https://github.com/tsconfig/bases
    if (/^@tsconfig\/node1[68]\b/.test(base)) return "node16";
    if (/^@tsconfig\/node2\d\b/.test(base)) return "nodenext";
    const file = base.startsWith(".") && depth < 5 ? folder + base : null;
    const next = file === null ? null : (neighbour(file) ?? neighbour(`${file}.json`));
    if (file === null || next === null) continue;
    const found = moduleOf(neighbour, { folder: file.slice(0, file.lastIndexOf("/") + 1), text: next }, depth + 1);
    if (found !== "") return found;
  }
  return "";
}

/** The version of TypeScript that a package asks for; without one the newest is meant. */
function isBefore58(manifest: string): boolean {
  const [, major = "9", minor = "9"] = /"typescript"\s*:\s*"[^\d"]*(\d+)\.(\d+)/.exec(manifest) ?? [];
  return Number(major) < 5 || (major === "5" && Number(minor) < 8);
}
