import type { ReconcileReport } from "@untorn/workspace/project";
import { parseArguments } from "../arguments.ts";
import { count } from "../quantities.ts";
import { answer, projectAt, rootLine, statusLine } from "../project-command.ts";

export { statusOf } from "../project-command.ts";

export const summary = "rebuild a project's registry from its artifacts";

export const usage = `
usage: untorn reconcile [OPTIONS]

Rebuilds .project/registry.json from the artifacts in backlog/, active/ and completed/. Codes stay, missing ones are
assigned, and none is given twice; of two folders with one code the first holder keeps it. Entries without artifacts are
dropped; items in the backlog and epics without items, which have none, stay. Artifacts are never changed; one that cannot
be parsed is named. Of a registry that cannot be read every entry that is whole is kept, codes whose entries are lost are named, and its
bytes are kept in .project/quarantine. Twice gives the same.

  --dry-run     say what would be done, and do nothing
  ${rootLine}
  --json        print the report; errors as JSON too

${statusLine}
`;

export async function run(argv: string[]): Promise<number> {
  const options = { "dry-run": { type: "boolean" }, root: { type: "string" } } as const;
  const { values } = await parseArguments(argv, options, { names: [] });
  const dryRun = values["dry-run"];
  const report = await (await projectAt(values.root)).reconcile({ dryRun });
  await answer(values.json, report, () => linesOf(report, dryRun === true));
  return 0;
}

function linesOf(report: ReconcileReport, dryRun: boolean): string[] {
  const { changed, items, epics, kept, corrupt, lost = [], twice = [] } = report;
  const done = dryRun ? "would be written" : "written";
  return [
    ...(corrupt === undefined
      ? []
      : [
          `the registry could not be read: ${corrupt}`,
          `its bytes${dryRun ? " would be kept as" : ":"} .project/${kept}`,
        ]),
    ...lost.map((code) => `${code}  lost: its entry could not be read, and no artifact has it`),
    ...twice.map((code) => `${code}  was there twice; the last one is kept`),
    ...report.assigned.map(({ code, path }) => `${code}  new code for ${path}`),
    ...report.duplicates.map(
      ({ code, holder, path, assigned }) => `${assigned}  ${path} says ${code}, which ${holder} has; mend its id`,
    ),
    ...report.dropped.map((code) => `${code}  dropped: no artifacts of its own`),
    ...report.unknownEpics.map((code) => `${code}  named by artifacts only`),
    ...report.skipped.map(({ path, problem }) => `skipped: ${path}: ${problem}`),
    `registry.json ${changed ? done : "fits"}: ${count(items, "item")}, ${count(epics, "epic")}`,
  ];
}
