import { readJsonText } from "untorn/json";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { runFilter, takeVariables } from "../jq.ts";
import { print } from "../output.ts";

export const summary = "print what a jq filter finds in a JSON file, read strictly";

export const usage = `
usage: untorn get [OPTIONS] FILE FILTER [--arg NAME VALUE] [--argjson NAME JSON]

Prints what the jq filter yields, one line of JSON for each value. A missing, empty or torn FILE is an error.

  --arg NAME VALUE       $NAME in the filter is this text; repeatable
  --argjson NAME JSON    $NAME in the filter is this JSON value; repeatable
  --raw                  print strings as they are, without quotes
  --json                 errors as JSON

Exit status: 0 done; 1 FILE is missing, corrupt or unreadable, or the filter failed; 2 usage.
`;

export async function run(all: string[]): Promise<number> {
  const { argv, flags } = takeVariables(all);
  const { values, operands } = await parseArguments(argv, { raw: { type: "boolean" } }, { names: ["FILE", "FILTER"] });
  const [file = "", filter = ""] = operands;
  const { text } = await readJsonText(file);
  const results = await runFilter(text, { filter, flags, path: file });
  for (const result of results) {
    await print(`${values.raw === true && result.startsWith('"') ? (JSON.parse(result) as string) : result}\n`);
  }
  return exitStatus.done;
}
