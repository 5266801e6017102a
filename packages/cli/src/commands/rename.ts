import { renameFile } from "untorn";
import { durabilityOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { printJson } from "../output.ts";

export const summary = "give a file another name, and sync what that changes";

export const usage = `
usage: untorn rename [OPTIONS] FILE NEW-NAME

Renames FILE within its filesystem, replacing a file of the new name, so that it keeps that name after a power cut.
NEW-NAME is a file's name, not a directory to move into.

  --durability LEVEL    full (default), normal, off
  --if-absent           refuse if NEW-NAME is taken
  --mkdir               make missing directories
  --json                print a receipt; errors as JSON too

Exit status: 0 done; 1 refused or failed, both names are as before; 2 usage; 3 failed at or after the rename.
`;

export async function run(argv: string[]): Promise<number> {
  const options = {
    durability: { type: "string" },
    "if-absent": { type: "boolean" },
    mkdir: { type: "boolean" },
  } as const;
  const { values, operands } = await parseArguments(argv, options, { names: ["FILE", "NEW-NAME"] });
  const wanted = {
    durability: durabilityOf(values.durability),
    ifAbsent: values["if-absent"],
    mkdir: values.mkdir,
  };
  const receipt = await renameFile(operands[0] as string, operands[1] as string, wanted);
  if (values.json === true) await printJson(receipt);
  return exitStatus.done;
}
