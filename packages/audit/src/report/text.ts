import { printable } from "untorn/errors";
import type { AuditResult } from "../audit.ts";
import type { Finding, Tier } from "../finding.ts";
import { tiers } from "../finding.ts";
import { byFile, count, openFindings, summarize } from "./summary.ts";

const meaning: Readonly<Record<Tier, string>> = {
  critical: "state, configuration, credentials",
  high: "code and patches",
  medium: "documents, logs, reports, caches",
};

/** The report for a terminal: by tier, by file, and at the end what to do next. */
export function toText(result: AuditResult): string {
  const open = openFindings(result);
  const lines: string[] = [];
  for (const tier of tiers) {
    const found = open.filter((finding) => finding.tier === tier);
    if (found.length === 0) continue;
    lines.push(`${tier.toUpperCase()} (${meaning[tier]}): ${count(found.length, "finding")}`, "");
    for (const [file, group] of byFile(found)) lines.push(...fileBlock(file, group), "");
  }
  for (const { file, line, reason } of result.notices) lines.push(`note: ${printable(file)}:${line}: ${reason}`);
  if (result.notices.length > 0) lines.push("");
  lines.push(closing(result), "");
  return lines.join("\n");
}

function fileBlock(file: string, findings: readonly Finding[]): string[] {
  const lines = [`  ${printable(file)} (${findings.length})`];
  for (const finding of findings) {
    const place = `${finding.line}:${finding.column}`.padEnd(9);
    lines.push(
      `    ${place} ${finding.rule}  ${oneLine(finding.message)}`,
      `    ${" ".repeat(9)} ${oneLine(finding.snippet)}`,
    );
  }
  return lines;
}

function closing(result: AuditResult): string {
  const { files, findings, suppressed, tiers: by, fixable } = summarize(result);
  const known = suppressed > 0 ? `, ${suppressed} known or ignored` : "";
  if (findings === 0) return `${count(files, "file")} looked at: no unsafe writes${known}.`;
  const head = `${count(findings, "unsafe write")} in ${count(files, "file")}: ${by.critical} critical, ${by.high} high, ${by.medium} medium${known}.`;
  if (fixable.safe > 0)
    return `${head} ${fixable.safe} can be fixed safely: untorn fix shows the changes, untorn fix --write makes them.`;
  return `${head} Begin with the critical ones; untorn explain RULE says what to do.`;
}

/** Code may hold anything: control characters are shown, not sent to the terminal, and long lines are cut. */
function oneLine(text: string): string {
  const plain = printable(text.replace(/[\t\r\n]/g, " "));
  return plain.length > 160 ? `${plain.slice(0, 157)}...` : plain;
}
