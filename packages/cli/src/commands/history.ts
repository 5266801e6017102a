import { history, printable } from "untorn";
import type { Revision } from "untorn";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";
import { shown, size } from "../quantities.ts";

export const summary = "list the earlier contents of a file";

export const usage = `
usage: untorn history [OPTIONS] FILE

Lists the contents that FILE had, newest first, with the number of each generation, as the \`generations\` option of a write or
update keeps them under .untorn/generations beside it. \`untorn diff FILE GEN\` shows one against the file, \`untorn restore
FILE GEN\` brings it back.

  --json    print one object: path, current, generations

Exit status: 0 done, also if there are none; 1 something could not be read; 2 usage.
`;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, {}, { names: ["FILE"] });
  const report = await history(operands[0] as string);
  if (values.json === true) {
    await printJson(report);
    return exitStatus.done;
  }
  const { current, generations, removedMs } = report;
  const rows = [...(current === undefined ? [] : [current]), ...generations].map(cells);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const since =
    removedMs === undefined ? "is missing" : `was removed or renamed at ${new Date(removedMs).toISOString()}`;
  const missing = current === undefined ? `${shown(report.path)} ${since}.\n` : "";
  const none = generations.length === 0 ? "No generations are kept of it.\n" : "";
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  await print(`${missing}${lines.map((line) => `${line}\n`).join("")}${none}`);
  return exitStatus.done;
}

function cells({ number, mtimeMs, bytes, problem, summary: what }: Revision): string[] {
  const note = problem === undefined ? what : `NOT WHOLE: ${problem}`;
  return [number === undefined ? "now" : String(number), new Date(mtimeMs).toISOString(), size(bytes), printable(note)];
}
