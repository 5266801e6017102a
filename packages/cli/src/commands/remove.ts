import { removeFile } from "untorn";
import { durabilityOf, etagOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { printJson } from "../output.ts";

export const summary = "remove a file, and sync its directory";

export const usage = `
usage: untorn remove [OPTIONS] FILE

Removes FILE (a symbolic link itself), so that it stays removed after a power cut.

  --durability LEVEL    full (default), normal, off
  --force               it is no error if there is no such file
  --if-match ETAG       refuse unless FILE has this content now
  --json                print a receipt; errors as JSON too

Exit status: 0 done; 1 refused or failed, FILE is there; 2 usage; 3 removed, but a power cut may bring it back.
`;

export async function run(argv: string[]): Promise<number> {
  const options = {
    durability: { type: "string" },
    force: { type: "boolean" },
    "if-match": { type: "string" },
  } as const;
  const { values, operands } = await parseArguments(argv, options, { names: ["FILE"] });
  const wanted = {
    durability: durabilityOf(values.durability),
    force: values.force,
    ifMatch: etagOf(values["if-match"]),
  };
  const receipt = await removeFile(operands[0] as string, wanted);
  if (values.json === true) await printJson(receipt);
  return exitStatus.done;
}
