import type { AuditResult } from "../audit.ts";
import type { Finding, Tier } from "../finding.ts";
import { tiers } from "../finding.ts";

/** The numbers of a report; suppressed findings are counted apart. */
export interface Summary {
  readonly files: number;
  readonly findings: number;
  readonly suppressed: number;
  readonly tiers: Readonly<Record<Tier, number>>;
  readonly rules: Readonly<Record<string, number>>;
  readonly fixable: { readonly safe: number; readonly unsafe: number };
}

/** Counts the findings of an audit by tier, rule and file. */
export function summarize(result: AuditResult): Summary {
  const open = openFindings(result);
  const rules: Record<string, number> = {};
  for (const { rule } of open) rules[rule] = (rules[rule] ?? 0) + 1;
  return {
    files: result.files,
    findings: open.length,
    suppressed: result.findings.length - open.length,
    tiers: {
      critical: open.filter((one) => one.tier === "critical").length,
      high: open.filter((one) => one.tier === "high").length,
      medium: open.filter((one) => one.tier === "medium").length,
    },
    rules,
    fixable: {
      safe: open.filter((one) => one.fix?.safe === true).length,
      unsafe: open.filter((one) => one.fix?.safe === false).length,
    },
  };
}

/** The findings that nobody has said to leave alone. */
export function openFindings(result: AuditResult): readonly Finding[] {
  return result.findings.filter((finding) => finding.suppressed === undefined);
}

/** Whether anything is as bad as the threshold, or worse. */
export function reaches(result: AuditResult, threshold: Tier): boolean {
  return openFindings(result).some((finding) => tiers.indexOf(finding.tier) <= tiers.indexOf(threshold));
}

/** Findings by file, the file with the most first. */
export function byFile(findings: readonly Finding[]): (readonly [string, readonly Finding[]])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.file);
    if (group === undefined) groups.set(finding.file, [finding]);
    else group.push(finding);
  }
  return [...groups].sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
}

export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
