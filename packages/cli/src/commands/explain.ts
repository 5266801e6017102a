import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "say what a rule of untorn audit means and what to do about it";

export const usage = `
usage: untorn explain [OPTIONS] [RULE]

Says what can happen to a file where a rule of \`untorn audit\` finds something, and what to do instead.
Without a rule, lists all of them.

  --json    print it as JSON; errors as JSON too

Exit status: 0, or 2 where there is no such rule.
`;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, {}, { names: ["RULE"], least: 0 });
  const { explain, ruleList } = await import("@untorn/audit");
  const [name] = operands;
  if (name === undefined) {
    const rules = ruleList();
    if (values.json === true) await printJson(rules);
    else await print(rules.map((rule) => `${rule.name.padEnd(28)} ${rule.title}\n`).join(""));
    return exitStatus.done;
  }
  const text = explain(name);
  if (text === null) throw new UsageError(`${name} is not a rule; \`untorn explain\` lists them.`);
  if (values.json === true) await printJson({ rule: name, text });
  else await print(text);
  return exitStatus.done;
}
