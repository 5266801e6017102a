import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "Say what a rule of untorn audit means and what to do about it";

export const usage = `untorn explain [RULE] [--json]

Says what can happen to a file where a rule of \`untorn audit\` finds something, and what to do instead.
Without a rule, lists all of them.

Exit status: 0, or 2 where there is no such rule.
`;

export async function run(argv: string[]): Promise<number> {
  const words = argv.filter((word) => word !== "--json");
  const json = words.length < argv.length;
  const [name, extra] = words;
  if (extra !== undefined || name?.startsWith("-") === true)
    throw new UsageError(`It takes one rule, not '${words.join(" ")}'.`);
  const { explain, ruleList } = await import("@untorn/audit");
  if (name === undefined) {
    if (json) await printJson(ruleList());
    else
      await print(
        ruleList()
          .map((rule) => `${rule.name.padEnd(28)} ${rule.title}\n`)
          .join(""),
      );
    return exitStatus.done;
  }
  const text = explain(name);
  if (text === null) throw new UsageError(`There is no rule '${name}'; untorn explain lists them.`);
  if (json) await printJson(ruleList().find((rule) => rule.name === name));
  else await print(text);
  return exitStatus.done;
}
