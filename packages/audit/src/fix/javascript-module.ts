import type { Neighbour, Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";

/** Folders above the one that is fixed, in which a configuration may lie. */
const outside = 8;

/**
 * Whether something refuses the import of untorn, which is an ES module, in a file that becomes CommonJS. Node loads it since
 * 20.19, which untorn asks for. TypeScript refuses it with `module` node16 or node18, and with nodenext before 5.8 (TS1479);
 * with commonjs it takes it as given. Jest has module loading of its own, which takes it from Node 24.9 on.
 */
export function isRefused(source: Source): boolean {
  const refused = known.get(source.root) ?? isRefusedBy(source);
  known.set(source.root, refused);
  return refused;
}

const known = new WeakMap<SyntaxNode, boolean>();

function isRefusedBy({ path, neighbour }: Source): boolean {
  if (/\.m[jt]s$/.test(path) || neighbour === undefined) return false;
  const levels = path.split("/").length - 1 + outside;
  const manifests = upwards(neighbour, "package.json", levels).map(({ text }) => text);
  if (!/\.c[jt]s$/.test(path) && /"type"\s*:\s*"module"/.test(manifests[0] ?? "")) return false;
  if (manifests.some((text) => /"(ts-|@jest\/)?jest"\s*:\s*"/.test(text))) return true;
  const [found] = upwards(neighbour, "tsconfig.json", levels);
  if (!/\.c?tsx?$/.test(path) || found === undefined) return false;
  const module = moduleOf(neighbour, found, 0);
  return /^node1\d$/.test(module) || (module === "nodenext" && isBefore58(manifests));
}

interface Found {
  /** The folder it lies in, from that of the file. */
  readonly folder: string;
  readonly text: string;
}

/** The files of a name in the folder and above, the nearest first. */
function upwards(neighbour: Neighbour, name: string, levels: number): Found[] {
  const folders = Array.from({ length: levels + 1 }, (_, level) => `./${"../".repeat(level)}`);
  return folders.flatMap((folder) => {
    const text = neighbour(folder + name);
    return text === null ? [] : [{ folder, text }];
  });
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

/** By the version of TypeScript that a package asks for; without one the newest is meant. */
function isBefore58(manifests: readonly string[]): boolean {
  const asked = manifests.map((text) => /"typescript"\s*:\s*"[^\d"]*(\d+)\.(\d+)/.exec(text));
  const [, major = "9", minor = "9"] = asked.find((one) => one !== null) ?? [];
  return Number(major) < 5 || (major === "5" && Number(minor) < 8);
}
