import { formatJson, updateJsonText } from "untorn/json";
import { durabilityOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { absent } from "../folder-named.ts";
import { onlyResult, parseExactly, runFilter, takeVariables } from "../jq.ts";
import { printJson } from "../output.ts";

export const summary = "change a JSON file by a jq filter; what does not change keeps its bytes";

export const usage = `
usage: untorn json [OPTIONS] FILE FILTER [--arg NAME VALUE] [--argjson NAME JSON]

Reads FILE, runs the jq filter on it, and replaces FILE by the result, all under FILE's lock. Only the members that differ
are touched: indent, order and numbers of any size elsewhere stay as they are. A filter that fails, yields nothing or yields
several values changes nothing, and says so.

  --arg NAME VALUE       $NAME in the filter is this text; repeatable
  --argjson NAME JSON    $NAME in the filter is this JSON value; repeatable
  --create               if there is no FILE, start from null and make it
  --durability LEVEL     full (default: survives a power cut), normal (old or new after a power cut), off
  --keep-size            refuse a result of less than half the size
  --json                 print a receipt; errors as JSON too

Examples: untorn json state.json '.tasks["01"].status = $s' --arg s done
          untorn json state.json '.count += 1'

Exit status: 0 done; 1 refused or failed, FILE is unchanged; 2 usage; 3 failed at or after the replace.
`;

export { contentStatus as statusOf } from "../report.ts";

const options = {
  create: { type: "boolean" },
  durability: { type: "string" },
  "keep-size": { type: "boolean" },
} as const;

export async function run(all: string[]): Promise<number> {
  const { argv, flags } = takeVariables(all);
  const { values, operands } = await parseArguments(argv, options, { names: ["FILE", "FILTER"] });
  const [file = "", filter = ""] = operands;
  const durability = durabilityOf(values.durability);
  const allowShrink = values["keep-size"] === true ? false : undefined;
  const question = { filter, flags, path: file };
  const { receipt } = await updateJsonText(
    file,
    async (document) => {
      if (document === undefined && values.create !== true) throw absent(file);
      const value = parseExactly(onlyResult(await runFilter(document?.text ?? "null", question), file));
      return document === undefined ? formatJson(value, { path: file }) : document.edit(value);
    },
    { durability, allowShrink },
  );
  if (values.json === true) await printJson(receipt);
  return exitStatus.done;
}
