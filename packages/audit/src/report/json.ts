import type { AuditResult } from "../audit.ts";
import { summarize } from "./summary.ts";

/** The machine-readable report: `{version, summary, findings}`; `version` changes when the shape does. */
export function toJson(result: AuditResult): string {
  const summary = { ...summarize(result), notices: result.notices };
  return `${JSON.stringify({ version: 1, summary, findings: result.findings }, null, 2)}\n`;
}
