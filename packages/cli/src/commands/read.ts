import { readFile } from "untorn";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";

export const summary = "print a file, strictly: a missing, empty or torn one is an error";

export const usage = `
usage: untorn read [OPTIONS] FILE

Prints FILE, byte for byte. Nothing is printed unless all of it is good: an empty file and a file of NULs, which is what
a power cut leaves behind, are errors.

  --allow-empty    an empty file is good
  --text           also check that it is UTF-8 text without NULs
  --json           print {path, etag, bytes, mtimeMs} instead; errors as JSON too

Exit status: 0 done; 1 missing, corrupt or unreadable; 2 usage.
`;

export async function run(argv: string[]): Promise<number> {
  const options = { "allow-empty": { type: "boolean" }, text: { type: "boolean" } } as const;
  const { values, operands } = await parseArguments(argv, options, { names: ["FILE"] });
  const allowEmpty = values["allow-empty"] === true;
  const file = operands[0] as string;
  const content = values.text
    ? await readFile(file, { allowEmpty, encoding: "utf8" })
    : await readFile(file, { allowEmpty });
  if (values.json === true) {
    const { path, etag, bytes, mtimeMs } = content;
    await printJson({ path, etag, bytes, mtimeMs });
  } else {
    await print(content.data);
  }
  return exitStatus.done;
}
