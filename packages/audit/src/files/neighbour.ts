import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readSource } from "./read.ts";

const endings = ["", ".ts", ".js", ".mts", ".cts", ".mjs", ".cjs", "/index.ts", "/index.js"];

/** The text of the module of the same project that a relative import means, or null. */
export function readNeighbour(root: string, file: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  const wanted = join(root, dirname(file), specifier);
  // TypeScript imports `./fs.js` where the file is `fs.ts`.
  const bases = [wanted, wanted.replace(/\.([cm]?)js$/, ".$1ts")];
  for (const base of bases) {
    for (const ending of endings) {
      const path = base + ending;
      if (!existsSync(path) || !statSync(path).isFile()) continue;
      const read = readSource(path);
      return "text" in read ? read.text : null;
    }
  }
  return null;
}
