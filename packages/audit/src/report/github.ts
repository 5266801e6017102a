import type { AuditResult } from "../audit.ts";
import { openFindings } from "./summary.ts";

/** Workflow commands that GitHub shows beside the lines of a pull request. */
export function toGithub(result: AuditResult): string {
  const findings = openFindings(result).map((finding) => {
    const level = finding.tier === "critical" ? "error" : finding.tier === "high" ? "warning" : "notice";
    const place = [
      `file=${property(finding.file)}`,
      `line=${finding.line}`,
      `endLine=${finding.endLine}`,
      `col=${finding.column}`,
      `title=${property(`untorn: ${finding.rule} (${finding.tier})`)}`,
    ];
    return `::${level} ${place.join(",")}::${data(finding.message)}\n`;
  });
  const notices = result.notices.map(
    ({ file, line, reason }) => `::notice file=${property(file)},line=${line},title=untorn::${data(reason)}\n`,
  );
  return [...findings, ...notices].join("");
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
