import type { Receipt } from "untorn";
import type { Place } from "../project/index.ts";
import { boardPage } from "./page.ts";
import type { Shown } from "./watch.ts";

/** Replaces the file at `output` with a board, whole. The board can be made again, so only the file itself is synced. */
export function writeDashboard({ ground }: Place, { board, problem }: Shown, output: string): Promise<Receipt> {
  const page = boardPage(board, problem === undefined ? {} : { problem });
  return ground.write(output, page, { durability: "normal" });
}
