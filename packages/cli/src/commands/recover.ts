import { printable, recover } from "untorn";
import type { ActionOutcome, RecoveryReport } from "untorn";
import { oneOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";
import { ProgressBar } from "../progress-bar.ts";
import { count, shown, size } from "../quantities.ts";
import { secondsOf } from "../recovery-options.ts";

export const summary = "put right what crashes left; says what it would do unless --apply is given";

export const usage = `
usage: untorn recover [OPTIONS] [PATH ...]

Puts right what \`untorn check\` finds in each PATH (default: the current folder) and below. Without --apply nothing is
changed: it says what it would do, and why.

A missing or corrupt file gets the newest temp that proves complete by its digest or is valid, or else the newest whole
generation. Beside a whole file, a temp is removed where it is proven that nothing is lost with it, and else moved to
.untorn/quarantine, as is everything that is not whole. Temps of living writers are left alone. Interrupted transactions and
in-place writes are brought to their end.

  --apply              do it
  --policy POLICY      untorn (default); newest: a valid temp that is newer than a whole file wins, the old content is kept;
                       abandon: set a transaction aside that cannot be completed
  --quiet-for SECONDS  a temp of whose writer nothing is known counts as left behind after so long (default 60)
  --json               print one object per PATH

Exit status: 0 nothing to do, or all of it done; 1 there is something to do (without --apply), something failed or could not be
read, or a file could not be brought back; 2 usage.
`;

const options = {
  apply: { type: "boolean" },
  policy: { type: "string" },
  "quiet-for": { type: "string" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["PATH"], least: 0, many: true });
  await (await import("../layouts.ts")).useLayouts();
  const quiet = secondsOf("--quiet-for", values["quiet-for"]);
  const policy = oneOf("--policy", values.policy, ["untorn", "newest", "abandon"]);
  const wanted = { apply: values.apply, policy };
  let clean = true;
  for (const path of operands.length === 0 ? ["."] : operands) {
    const bar = new ProgressBar();
    const report = await recover(path, { ...wanted, ...quiet, onProgress: bar.update });
    bar.end();
    const { lost = 0, leave: _, ...rest } = report.counts;
    const undone = report.applied ? 0 : Object.keys(rest).length;
    const unread = report.scan.counts.unreadable ?? 0;
    if (lost > 0 || report.failed > 0 || undone > 0 || unread > 0) clean = false;
    if (values.json === true) await printJson(report);
    else await print(text(report));
  }
  return clean ? exitStatus.done : exitStatus.refused;
}

type Kind = ActionOutcome["kind"];

/** In this order; what it says before and after it is done. */
const words: readonly (readonly [kind: Kind, planned: string, done: string])[] = [
  ["settle", "would settle", "settled"],
  ["abandon", "would set aside", "set aside"],
  ["finish", "would finish", "finished"],
  ["adopt", "would adopt", "adopted"],
  ["restore", "would bring back", "brought back"],
  ["keep", "would keep a copy of", "kept a copy of"],
  ["quarantine", "would quarantine", "quarantined"],
  ["remove", "would remove", "removed"],
  ["unlock", "would clear", "cleared"],
  ["leave", "leaves", "left"],
  ["lost", "cannot bring back", "could not bring back"],
];

/** Of one kind, so many are listed. */
const listed = 50;

function text(report: RecoveryReport): string {
  const { actions, applied, dropped, droppedFiles, failed, counts, scan } = report;
  const lines: string[] = [];
  for (const [kind, planned, done] of words) {
    const number = counts[kind] ?? 0;
    const all = actions.filter((action) => action.kind === kind);
    for (const action of all.slice(0, listed)) lines.push(...describe(action, applied ? done : planned));
    if (number > listed) lines.push(`... and ${number - Math.min(all.length, listed)} more of these`);
  }
  for (const { path, bytes } of dropped.slice(0, listed)) {
    lines.push(`dropped ${shown(path)} (${size(bytes)}): the quarantine was over its bounds`);
  }
  if (droppedFiles > listed) lines.push(`... and ${droppedFiles - listed} more dropped from the quarantine`);
  const where = shown(report.path);
  const unread = scan.findings.filter(({ kind }) => kind === "unreadable");
  for (const { path, detail } of unread.slice(0, listed))
    lines.push(`not looked at: ${shown(path)}`, `    ${printable(detail)}`);
  if (lines.length === 0) return `${where}: nothing to recover in ${count(scan.files, "file")}.\n`;
  const { leave = 0, lost = 0, ...rest } = counts;
  const doing = Object.values(rest).reduce((sum, number) => sum + number, 0);
  const undone = actions.filter(
    ({ kind, outcome }) => outcome === "failed" && kind !== "leave" && kind !== "lost",
  ).length;
  const planned = `${count(doing, "action")} planned, nothing changed`;
  const parts = [doing === 0 ? "nothing to do" : applied ? `${count(doing - undone, "action")} done` : planned];
  if (failed > 0) parts.push(`${failed} failed`);
  if (leave > 0) parts.push(`${leave} left alone`);
  if (lost > 0) parts.push(`${count(lost, "file")} without a way back`);
  lines.push("", `${where}: ${parts.join(", ")}.${applied || doing === 0 ? "" : " Run it with --apply to do this."}`);
  return `${lines.join("\n")}\n`;
}

function describe(action: ActionOutcome, verb: string): string[] {
  const { kind, path, target, reason, kept, error, outcome, lost } = action;
  const both = kind === "adopt" || kind === "restore";
  const what = both && target !== undefined ? `${shown(target)}  from ${shown(path)}` : shown(path);
  const failed = outcome === "failed" && kind !== "leave" ? "FAILED: not " : "";
  const lines = [`${failed}${failed === "" ? verb : verb.replace(/^would /, "")} ${what}`, `    ${printable(reason)}`];
  if (lost !== undefined) lines.push(`    lost: ${printable(lost)}`);
  if (kept !== undefined) lines.push(`    it is in ${shown(kept)}`);
  if (error !== undefined) lines.push(`    ${printable(error)}`);
  return lines;
}
