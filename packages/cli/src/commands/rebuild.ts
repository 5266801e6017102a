import { printable } from "untorn";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";
import { openNamedRun, runOptions } from "../run-place.ts";

export const summary = "make a run's history, checkpoint and position agree with its summaries";

export const usage = `
usage: untorn rebuild [OPTIONS] [DIR]

Makes agent-history.json, checkpoint.json and the position in STATE.md agree with the summaries of the run in DIR (default:
.long-run, or .planning): summaries/NN-SUMMARY.md, phases/NN-name/NN-MM-SUMMARY.md. What is valid in them is kept, entry by
entry; the bytes of a corrupt file are kept beside it as NAME.corrupt-TIME. It reports what could not be known.

  --apply       do it; without it, only say what would be done
  --fence N     as the run's executor (default: $UNTORN_FENCE)
  --json        the report as one JSON object; errors as JSON too

Exit status: 0 done, or nothing to do; 1 there is something to do, or it was refused, and nothing is changed; 2 usage; 3 the
transaction is committed but could not be completed.
`;

export async function run(argv: string[]): Promise<number> {
  const options = { apply: { type: "boolean" }, fence: runOptions.fence } as const;
  const { values, operands } = await parseArguments(argv, options, { names: ["DIR"], least: 0 });
  const { rebuildRun } = await import("@untorn/workspace/runs");
  const place = await openNamedRun({ dir: operands[0], fence: values.fence });
  const report = await rebuildRun(place, { apply: values.apply });
  if (values.json === true) await printJson(report);
  else await print(printedLines(report));
  return report.applied || report.changes.length === 0 ? exitStatus.done : exitStatus.refused;
}

function printedLines(report: Awaited<ReturnType<typeof import("@untorn/workspace/runs").rebuildRun>>): string {
  const { changes, kept, unknown, applied } = report;
  const lines = [`${report.folder}: ${report.plans} plans, ${report.summaries} summaries`];
  for (const { file, change } of changes) lines.push(`  ${applied ? "changed" : "to change"}  ${file}: ${change}`);
  for (const { file, as } of kept) lines.push(`  ${applied ? "kept" : "to keep"}  the corrupt ${file} as ${as}`);
  for (const each of unknown) lines.push(`  unknown  ${each}`);
  if (changes.length === 0) lines.push("  nothing to change");
  else if (!applied) lines.push("Nothing was changed; --apply does it.");
  return lines.map((line) => `${printable(line)}\n`).join("");
}
