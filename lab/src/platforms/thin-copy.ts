import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const thinTest = new URL("./thin-test.js", import.meta.url).href;
const untorn = fileURLToPath(new URL("../../../packages/untorn/dist/", import.meta.url));

/** The copy's path of a test file below `packages/untorn/dist/test`. */
export function thinPath(file: string): string {
  return file.replace("/dist/test/", "/dist/thin/");
}

/** Copies the compiled tests, with the thin runner in the place of node:test. Beside the original, so that what they import is found. */
export function makeThinCopy(): void {
  const copy = join(untorn, "thin");
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(untorn, "test"), copy, { recursive: true });
  for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".js")) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8");
    if (text.includes('"node:test"')) writeFileSync(path, text.replaceAll('"node:test"', JSON.stringify(thinTest)));
  }
}
