import { explain, ruleList } from "@untorn/audit";

export const summary = "Says what a rule of untorn audit means and what to do about it";

export const usage = `untorn explain [RULE]

Says what can happen to a file where a rule of \`untorn audit\` finds something, and what to do instead.
Without a rule, lists all of them.

Exit status: 0, or 2 where there is no such rule.
`;

export async function run(argv: string[]): Promise<number> {
  const [name, extra] = argv;
  if (extra !== undefined || name?.startsWith("-") === true) {
    process.stderr.write(usage);
    return 2;
  }
  if (name === undefined) {
    for (const rule of ruleList()) process.stdout.write(`${rule.name.padEnd(28)} ${rule.title}\n`);
    return 0;
  }
  const text = explain(name);
  if (text === null) {
    process.stderr.write(`untorn explain: ${name} is not a rule; \`untorn explain\` lists them.\n`);
    return 2;
  }
  process.stdout.write(text);
  return 0;
}
