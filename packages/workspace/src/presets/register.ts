import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
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
  const folders = new Map<string, Place>();
  const fileOf = (path: string): LayoutFile | undefined => {
    const { whole, real, possible } = placeOf(
      folders,
      dirname(isAbsolute(path) ? path : `${process.cwd()}/${path}`),
      layouts,
    );
    if (possible.length === 0) return undefined;
    const base = basename(path);
    return fileAt(possible, join(whole, base)) ?? fileAt(possible, join(real, base));
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

/** A folder, absolute and without symbolic links, and the layouts that it may be in. */
interface Place {
  readonly whole: string;
  readonly real: string;
  readonly possible: readonly Layout[];
}

/** So many folders are remembered: a scan asks for every file twice, and a folder's name seldom changes. */
const most = 10_000;

/** From inside a layout, or through a link to it, its folder's name is not in the path that was given. */
function placeOf(known: Map<string, Place>, folder: string, layouts: readonly Layout[]): Place {
  const before = known.get(folder);
  if (before !== undefined) return before;
  let whole = resolve(folder);
  let real = whole;
  try {
    // The other one drops `link/..` from the text before it looks.
    real = realpathSync.native(folder);
    if (/(?:^|[\\/])\.\.(?:[\\/]|$)/.test(folder)) whole = real;
  } catch {
    // Gone, or not to be looked into: its own name is all there is.
  }
  const possible = layouts.filter((layout) => {
    const first = layout.folder.split("/")[0] ?? "";
    return whole.includes(first) || real.includes(first);
  });
  if (known.size >= most) known.clear();
  const place = { whole, real, possible };
  known.set(folder, place);
  return place;
}
