import type { FixResult } from "@untorn/audit/fix";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson, tell } from "../output.ts";
import { count } from "../quantities.ts";
import { analysisRefused } from "../report.ts";

export const summary = "show or make the changes that take unsafe writes away";

export const usage = `
usage: untorn fix [OPTIONS] [PATH]

Changes what \`untorn audit\` finds in TypeScript, JavaScript, Python and Bash below PATH (the current folder if left out),
so that files are replaced whole. Without --write the changes are shown as a unified diff and nothing is touched.

  --write          make the changes: all files or none
  --unsafe         also where somebody may notice a new file: /etc, shell start-up files, logs that are followed, programs
  --rule RULE      only findings of this rule; may be given again
  --include-tests  tests, too
  --since REF      only files that differ from this commit
  --json           the result as JSON

Exit status: 0 done, also where nothing was to be changed; 1 refused or failed, and nothing is changed; 2 wrong usage.
`;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(
    argv,
    {
      write: { type: "boolean" },
      unsafe: { type: "boolean" },
      rule: { type: "string", multiple: true },
      "include-tests": { type: "boolean" },
      since: { type: "string" },
    },
    { names: ["PATH"], least: 0 },
  );
  const write = values.write === true;
  const { applyFiles, planFixes, toChanges, toDiff } = await import("@untorn/audit/fix");
  const path = operands[0] ?? ".";
  const result = await planFixes(path, {
    rules: values.rule ?? [],
    unsafe: values.unsafe === true,
    includeTests: values["include-tests"] === true,
    ...(values.since === undefined ? {} : { since: values.since }),
  }).catch((error: unknown) => {
    throw analysisRefused(error, path);
  });
  if (write && result.files.length > 0) await applyFiles(result.root, toChanges(result.files));
  if (values.json === true) {
    const files = result.files.map((file) => file.path);
    await printJson({
      written: write,
      files,
      fixed: result.fixed,
      unsafe: result.unsafe,
      left: result.left,
      notices: result.notices,
    });
    return exitStatus.done;
  }
  if (!write) await print(await toDiff(result.files));
  for (const { file, line, reason } of result.notices) tell(`${file}:${line}: ${reason}`);
  tell(closing(result, write));
  return exitStatus.done;
}

function closing({ files, fixed, unsafe, left }: FixResult, written: boolean): string {
  const rest = [
    ...(unsafe > 0 ? [`${unsafe} more with --unsafe`] : []),
    ...(left > 0 ? [`${left} need a person (untorn audit lists them)`] : []),
  ].join(", ");
  if (files.length === 0) return `Nothing to change.${rest === "" ? "" : ` ${rest}.`}`;
  const made = files.flatMap(({ path, before }) => (before === null ? [path] : []));
  const added = made.length === 0 ? "" : ` (and ${made.join(", ")} added)`;
  const what = `${count(fixed, "write")} in ${count(files.length - made.length, "file")}${added}`;
  const next = written ? "" : " Make the changes with --write.";
  const install = files.some((file) => /["']untorn["']/.test(file.after))
    ? " The code now needs the package `untorn` among its dependencies."
    : "";
  return `${what} ${written ? "changed" : "can be changed"}${rest === "" ? "" : `; ${rest}`}.${next}${install}`;
}
