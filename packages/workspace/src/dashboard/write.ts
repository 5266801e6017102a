import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Receipt } from "untorn";
import { inputRefused } from "../ground/index.ts";
import { stages } from "../project/index.ts";
import type { Place } from "../project/index.ts";
import { boardPage } from "./page.ts";
import type { Shown } from "./watch.ts";

/**
 * Replaces the file at `output` with a board, whole. The board can be made again, so only the file itself is synced.
 * @throws UntornError UNTORN_INVALID_ARGUMENT for a file that the project itself is kept in. Nothing is changed then.
 */
export async function writeDashboard({ folder, ground }: Place, shown: Shown, output: string): Promise<Receipt> {
  refuseOwn(folder, output);
  const { board, problem } = shown;
  const page = boardPage(board, problem === undefined ? {} : { problem });
  return await ground.write(output, page, { durability: "normal" });
}

const own: ReadonlySet<string> = new Set(["registry.json", "CHANGELOG.md", ".gitignore"].map(folded));
const ownFolders: ReadonlySet<string> = new Set([...stages, "quarantine", ".untorn"]);

/** A board in the place of what it is drawn from would be the end of it. */
function refuseOwn(folder: string, output: string): void {
  const [first = "", ...rest] = relative(folded(real(folder)), folded(real(output))).split(sep);
  if (rest.length === 0 ? !own.has(first) : !ownFolders.has(first)) return;
  throw inputRefused(output, "the project itself is kept there", "Say another file for the board.");
}

/** Where case does not count, another spelling is the same file; where it does, no board needs these names in another case. */
function folded(path: string): string {
  return path.normalize("NFC").toUpperCase().toLowerCase();
}

/** More links than any system follows: a loop. */
const mostLinks = 40;

/** Without symbolic links, also where what they lead to is not there: a link to a registry that is lost would make one. */
function real(path: string, links: number = mostLinks): string {
  try {
    return realpathSync.native(path);
  } catch {
    if (dirname(path) === path || links === 0) return resolve(path);
    const parent = real(dirname(path), links - 1);
    const target = linkAt(path);
    return target === undefined ? join(parent, basename(path)) : real(resolve(parent, target), links - 1);
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
