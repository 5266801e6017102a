import type { AuditResult } from "../audit.ts";
import type { Finding } from "../finding.ts";
import { tiers } from "../finding.ts";
import { rules } from "../rules/index.ts";
import { byFile, count, openFindings, summarize } from "./summary.ts";

/** The report a team attaches to an issue: numbers, a table by file and tier, the risk, the order of work, every line. */
export function toMarkdown(result: AuditResult): string {
  const open = openFindings(result);
  const summary = summarize(result);
  const parts = ["# Unsafe file writes", "", "## Summary", "", headline(result), ""];
  if (open.length > 0) {
    parts.push(...tierTable(result), "", "## Files", "", ...fileTable(open), "", "## Risk", "", ...risks(open), "");
    parts.push("## Recommended order of work", "", ...order(open), "", "## Findings", "", ...details(open));
  }
  if (result.notices.length > 0) {
    parts.push(
      "## Notes",
      "",
      ...result.notices.map((one) => `- ${code(`${one.file}:${one.line}`)} ${one.reason}`),
      "",
    );
  }
  if (summary.suppressed > 0) parts.push(`${summary.suppressed} known or ignored findings are left out.`, "");
  return parts.join("\n");
}

function headline(result: AuditResult): string {
  const { files, findings, fixable } = summarize(result);
  if (findings === 0) return `${count(files, "file")} looked at: no unsafe writes.`;
  const touched = new Set(openFindings(result).map((one) => one.file)).size;
  return `${count(findings, "unsafe write")} in ${touched} of ${count(files, "file")}; ${fixable.safe} can be fixed safely by ${code("untorn fix --write")}.`;
}

function tierTable(result: AuditResult): string[] {
  const { tiers: by } = summarize(result);
  return [
    "| tier | what is at stake | findings |",
    "| --- | --- | ---: |",
    `| critical | state, configuration, credentials | ${by.critical} |`,
    `| high | code and patches | ${by.high} |`,
    `| medium | documents, logs, reports, caches | ${by.medium} |`,
  ];
}

function fileTable(open: readonly Finding[]): string[] {
  const rows = byFile(open).map(([file, group]) => {
    const cells = tiers.map((tier) => group.filter((one) => one.tier === tier).length || "");
    return `| ${code(file)} | ${cells.join(" | ")} | ${group.length} |`;
  });
  return ["| file | critical | high | medium | all |", "| --- | ---: | ---: | ---: | ---: |", ...rows];
}

function risks(open: readonly Finding[]): string[] {
  return rules
    .filter((rule) => open.some((one) => one.rule === rule.name))
    .map(
      (rule) =>
        `- **${rule.name}** (${open.filter((one) => one.rule === rule.name).length}): ${rule.risk} ${rule.remedy}`,
    );
}

/** State first, and within a tier the files where one change removes the most. */
function order(open: readonly Finding[]): string[] {
  return tiers
    .flatMap((tier) => byFile(open.filter((one) => one.tier === tier)).map(([file, group]) => ({ tier, file, group })))
    .map(({ tier, file, group }, index) => {
      const safe = group.filter((one) => one.fix?.safe === true).length;
      const how =
        safe === group.length ? "fixed safely by the tool" : safe > 0 ? `${safe} fixed safely by the tool` : "by hand";
      return `${index + 1}. ${code(file)}: ${count(group.length, `${tier} write`)}, ${how}`;
    });
}

function details(open: readonly Finding[]): string[] {
  return tiers.flatMap((tier) => {
    const found = open.filter((one) => one.tier === tier);
    if (found.length === 0) return [];
    const rows = found.map((one) => `| ${code(`${one.file}:${one.line}`)} | ${one.rule} | ${code(one.snippet)} |`);
    return [`### ${tier}`, "", "| place | rule | code |", "| --- | --- | --- |", ...rows, ""];
  });
}

/** Code inside a table cell: backticks of its own need a longer fence, and a bar would end the cell. */
function code(text: string): string {
  const flat = text.replace(/\s+/g, " ").slice(0, 160).replaceAll("|", "\\|");
  const fence = flat.includes("`") ? "``" : "`";
  return flat === "" ? "" : fence === "`" ? `\`${flat}\`` : `\`\` ${flat} \`\``;
}
