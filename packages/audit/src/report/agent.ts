import type { AuditResult } from "../audit.ts";
import { openFindings, summarize } from "./summary.ts";

/** One short line for each finding, for a model that reads the report and pays for every token. */
export function toAgent(result: AuditResult): string {
  const { findings, tiers, fixable } = summarize(result);
  const lines = openFindings(result).map(
    ({ file, line, tier, rule, fix }) =>
      `${file}:${line} ${tier} ${rule}${fix === null ? "" : fix.safe ? " fix:safe" : " fix:unsafe"}`,
  );
  // A file that was not read, or only in part, must not pass for a clean one.
  lines.push(...result.notices.map(({ file, line, reason }) => `note ${file}:${line} ${reason}`));
  lines.push(
    `total ${findings} (critical ${tiers.critical}, high ${tiers.high}, medium ${tiers.medium}); safe fixes ${fixable.safe}: untorn fix --write; meaning: untorn explain RULE`,
  );
  return `${lines.join("\n")}\n`;
}
