import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { registerFormat } from "untorn";
import { problemOfFile } from "./check-file.ts";
import { fileAt } from "./layout.ts";
import type { Layout, LayoutFile } from "./layout.ts";

/**
 * Makes `scan`, `recover` and `generations` know the files of these layouts: what does not fit its schema counts as
 * corrupt, beside what every JSON, JSON Lines or Markdown file must be. Files of the same name elsewhere are not touched by
 * it. Returns a function that takes it back.
 */
export function registerLayouts(layouts: readonly Layout[]): () => void {
  const folders = new Map<string, string>();
  const fileOf = (path: string): LayoutFile | undefined => {
    const whole = resolve(path);
    return fileAt(layouts, whole) ?? fileAt(layouts, join(realFolder(folders, dirname(whole)), basename(whole)));
  };
  const register = (lenient: boolean): (() => void) => {
    const mine = (path: string): LayoutFile | undefined => {
      const file = fileOf(path);
      return (file?.lenient === true) === lenient ? file : undefined;
    };
    return registerFormat({
      name: "layout",
      match: /./,
      at: (path) => mine(path) !== undefined,
      alone: lenient,
      validate(bytes, path) {
        const file = mine(path);
        return file === undefined ? undefined : problemOfFile(file, bytes, path);
      },
    });
  };
  const takeBack = [register(false), register(true)];
  return () => takeBack.forEach((each) => each());
}

/** So many folders are remembered: a scan asks for every file, and a folder's name seldom changes. */
const most = 10_000;

/** A folder without symbolic links: from inside a layout, or through a link to it, its name is not in the path that was given. */
function realFolder(known: Map<string, string>, folder: string): string {
  const before = known.get(folder);
  if (before !== undefined) return before;
  let real = folder;
  try {
    real = realpathSync(folder);
  } catch {
    // Gone, or not to be looked into: its own name is all there is.
  }
  if (known.size >= most) known.clear();
  known.set(folder, real);
  return real;
}
