import { existsSync, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { printable, scan } from "untorn";
import type { Finding, FindingKind, ScanReport } from "untorn";
import { parseArguments } from "../arguments.ts";
import { below } from "../below.ts";
import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";
import { ProgressBar } from "../progress-bar.ts";
import { count, shown, size } from "../quantities.ts";
import { secondsOf } from "../recovery-options.ts";

export const summary = "find what crashes left: temps, corrupt documents, interrupted writes, dead locks";

export const usage = `
usage: untorn check [OPTIONS] [PATH ...]

Looks at each PATH (default: the current folder) and all below it. Nothing is changed. It reports:
temps that somebody left behind, with the program's scheme and whether the writer is alive, dead or unknown; JSON, JSON Lines,
Markdown and text that is empty, holds NULs or does not parse, with the position; interrupted transactions and in-place
writes; locks of the dead; files that are gone and have generations; what could not be read.
Symbolic links are not followed; .git and node_modules are left out; editors' backups are no findings.

  --quiet-for SECONDS  a temp of whose writer nothing is known counts as left behind after so long (default 60)
  --json               print one object per PATH

Exit status: 0 nothing found; 1 findings, or something could not be read; 2 usage.
`;

const options = { "quiet-for": { type: "string" } } as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["PATH"], least: 0, many: true });
  await (await import("../layouts.ts")).useLayouts();
  const quietMs = secondsOf("--quiet-for", values["quiet-for"]);
  let found = false;
  for (const path of operands.length === 0 ? ["."] : operands) {
    const bar = new ProgressBar();
    const scanned = await scan(path, { ...quietMs, onProgress: bar.update });
    const report = await withRegistry(scanned);
    bar.end();
    found ||= Object.keys(report.counts).length > 0;
    if (values.json === true) await printJson(report);
    else await print(text(report, isForRecover(scanned)));
  }
  return found ? exitStatus.refused : exitStatus.done;
}

/** A registry that is gone leaves no trace of its own; that it is missing is told by the items that are left. */
async function withRegistry(report: ScanReport): Promise<ScanReport> {
  // The one name may be a link's, the other hidden by `..`.
  const names = existsSync(report.path) ? [report.path, realpathSync.native(report.path)] : [];
  const inside = names.some((name) => basename(name) === ".project");
  const folder = inside ? report.path : below(report.path, ".project");
  // Below a file there is nothing, which is no error here.
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return report;
  const [{ machine }, { lostRegistry }] = await Promise.all([
    import("@untorn/workspace/ground"),
    import("@untorn/workspace/project"),
  ]);
  const lost = lostRegistry({ folder, ground: machine });
  if (lost === undefined) return report;
  const finding: Finding = { kind: "missing", path: lost.path, detail: `${lost.problem}. ${lost.next}` };
  const counts = { ...report.counts, missing: (report.counts.missing ?? 0) + 1 };
  return { ...report, findings: [...report.findings, finding], counts };
}

/** Whether `recover` does anything about it, or says why not. What cannot be read and a registry that is gone are not for it. */
function isForRecover({ findings }: ScanReport): boolean {
  return findings.some(({ kind }) => kind !== "unreadable");
}

const titles: readonly (readonly [kind: FindingKind, one: string, many: string])[] = [
  ["corrupt", "corrupt document", "corrupt documents"],
  ["missing", "missing file", "missing files"],
  ["transaction", "interrupted transaction", "interrupted transactions"],
  ["orphan", "temp left behind", "temps left behind"],
  ["lock", "lock of a dead process", "locks of dead processes"],
  ["quarantine", "quarantine over its bounds", "quarantines over their bounds"],
  ["generations", "file with too many generations", "files with too many generations"],
  ["unreadable", "place that could not be read", "places that could not be read"],
];

/** Of one kind, so many are listed. */
const listed = 50;

function text(report: ScanReport, forRecover: boolean): string {
  const { files, folders, documents, findings, counts, liveTemps, tempBytes } = report;
  const lines: string[] = [];
  for (const [kind, one, many] of titles) {
    const number = counts[kind] ?? 0;
    if (number === 0) continue;
    const bytes = kind === "orphan" ? ` (${size(tempBytes)} in temps)` : "";
    lines.push(`${count(number, one, many)}${bytes}`);
    const some = findings.filter((finding) => finding.kind === kind).slice(0, listed);
    for (const finding of some) lines.push(line(finding));
    if (number > some.length) lines.push(`  ... and ${number - some.length} more (--json has them)`);
    lines.push("");
  }
  const live = liveTemps === 0 ? "" : ` ${count(liveTemps, "temp belongs", "temps belong")} to living writers.`;
  const looked = `${count(files, "file")} in ${count(folders, "folder")}, ${count(documents, "document")} checked`;
  if (lines.length === 0) {
    const isUnchecked = documents === 0 && statSync(report.path, { throwIfNoEntry: false })?.isFile() === true;
    if (isUnchecked)
      return `${shown(report.path)}: nothing was left beside it. What is in this kind of file is not checked.${live}\n`;
    return `${shown(report.path)}: nothing wrong. ${looked}.${live}\n`;
  }
  lines.push(`${shown(report.path)}: ${looked}.${live}`);
  if (forRecover) lines.push("`untorn recover` says what it would do about it, `untorn recover --apply` does it.");
  return `${lines.join("\n")}\n`;
}

function line({ path, detail }: Finding): string {
  return `  ${shown(path)}\n      ${printable(detail)}`;
}
