import { listLocks, printable } from "untorn";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { holderLine } from "../holder-line.ts";
import { print, printJson, tell } from "../output.ts";

export const summary = "list who holds which lock";

export const usage = `
usage: untorn locks [OPTIONS] [DIR]

Lists the locks in DIR (default: the current folder) and below, with their holders: alive, dead (killed while it held the
lock; hinders nobody, the next who takes the lock clears it away) or unknown (on another host, boot or pid namespace).
Nothing is changed.

  --json    print one object: locks, and the folders that could not be read

Exit status: 0 done; 1 some folder could not be read (it is named); 2 usage.
`;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, {}, { names: ["DIR"], least: 0 });
  const { locks, unread } = await listLocks(operands[0] ?? ".");
  if (values.json === true) {
    await printJson({ locks, unread });
  } else {
    for (const { path, holders } of locks) {
      const lines = holders.length === 0 ? ["nobody: a folder that was left empty"] : holders.map(holderLine);
      await print(`${printable(path)}\n${lines.map((line) => `  ${line}\n`).join("")}`);
    }
    for (const folder of unread) tell(`${folder} was not looked at: it cannot be read, or there is too much.`);
  }
  return unread.length === 0 ? exitStatus.done : exitStatus.refused;
}
