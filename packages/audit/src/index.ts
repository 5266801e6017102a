export { audit } from "./audit.ts";
export type { AuditOptions, AuditResult, Notice } from "./audit.ts";
export { readBaseline, writeBaseline } from "./baseline.ts";
export type { BaselineEntry } from "./baseline.ts";
export { explain, ruleList } from "./explain.ts";
export { tiers } from "./finding.ts";
export type { Finding, FixSummary, Tier } from "./finding.ts";
export { formats, reaches, render, summarize } from "./report/index.ts";
export type { Format, Summary } from "./report/index.ts";
