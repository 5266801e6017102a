import { createHash } from "node:crypto";
import type { AuditResult } from "../audit.ts";
import { normalizeSnippet } from "../baseline.ts";
import type { Finding, Tier } from "../finding.ts";
import { rules } from "../rules/index.ts";

const levels: Readonly<Record<Tier, string>> = { critical: "error", high: "warning", medium: "note" };

/**
 * SARIF 2.1.0. Every rule is declared, also one that found nothing, so that a code-scanning service closes its alerts;
 * fingerprints hold rule, file, code and which of equal lines it is, so that moved lines stay the same alert.
 */
export function toSarif(result: AuditResult, version: string): string {
  const ordinals = new Map<string, number>();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "untorn",
            semanticVersion: version,
            rules: rules.map((rule) => ({
              id: rule.name,
              shortDescription: { text: rule.title },
              fullDescription: { text: rule.risk },
              help: { text: `${rule.risk} ${rule.remedy}` },
              defaultConfiguration: {
                level: rule.level === "note" ? "note" : "warning",
                enabled: rule.level !== "note",
              },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: result.notices.map(({ file, line, reason }) => ({
              level: "note",
              message: { text: `${file}:${line}: ${reason}` },
            })),
          },
        ],
        results: result.findings.map((finding) => toResult(finding, ordinals)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function toResult(finding: Finding, ordinals: Map<string, number>): Record<string, unknown> {
  const identity = [finding.rule, finding.file, normalizeSnippet(finding.snippet)].join("\u0000");
  const ordinal = ordinals.get(identity) ?? 0;
  ordinals.set(identity, ordinal + 1);
  const { suppressed } = finding;
  return {
    ruleId: finding.rule,
    ruleIndex: rules.findIndex((rule) => rule.name === finding.rule),
    level: levels[finding.tier],
    message: { text: finding.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: finding.file.split("/").map(encodeURIComponent).join("/") },
          region: {
            startLine: finding.line,
            startColumn: finding.column,
            endLine: finding.endLine,
            endColumn: finding.endColumn,
            snippet: { text: finding.snippet },
          },
        },
      },
    ],
    partialFingerprints: {
      "untornFinding/v1": createHash("sha256").update(`${identity}\u0000${ordinal}`).digest("hex").slice(0, 32),
    },
    properties: { tier: finding.tier },
    ...(suppressed === undefined
      ? {}
      : {
          suppressions: [
            { kind: suppressed.by === "comment" ? "inSource" : "external", justification: suppressed.reason },
          ],
        }),
  };
}
