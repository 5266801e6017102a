import { restore } from "untorn";
import { durabilityOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { generationNumber } from "../generation-number.ts";
import { print, printJson } from "../output.ts";
import { shown } from "../quantities.ts";

export const summary = "bring an earlier content of a file back";

export const usage = `
usage: untorn restore [OPTIONS] FILE [GEN]

Writes generation GEN (default: the newest whole one that differs) to FILE. That is a step forward: what FILE has now becomes a
generation in turn, or goes to .untorn/quarantine if it is corrupt, so a restore can be taken back. Takes FILE's lock.

  --durability LEVEL     full (default), normal, off
  --json                 print {path, generation, receipt}; errors as JSON too

Exit status: 0 done; 1 refused or failed, FILE is unchanged; 2 usage; 3 failed at or after the replace.
`;

const options = { durability: { type: "string" } } as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["FILE", "GEN"], least: 1 });
  const wanted = { durability: durabilityOf(values.durability) };
  const { number, receipt } = await restore(operands[0] as string, generationNumber(operands[1]), wanted);
  if (values.json === true) await printJson({ path: receipt.path, generation: number, receipt });
  else await print(`${shown(receipt.path)} has the content of generation ${number} again.\n`);
  return exitStatus.done;
}
