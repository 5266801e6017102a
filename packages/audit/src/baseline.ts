import type { Finding } from "./finding.ts";

/** What was known when the baseline was written: how many findings of a rule, in a file, with the same code. */
export interface BaselineEntry {
  readonly rule: string;
  readonly file: string;
  readonly snippet: string;
  readonly count: number;
}

const separator = "\u0000";

/** Code without what moving it changes. */
export function normalizeSnippet(snippet: string): string {
  return snippet.replace(/\s+/g, " ").trim();
}

function keyOf(entry: { readonly rule: string; readonly file: string; readonly snippet: string }): string {
  return [entry.rule, entry.file, normalizeSnippet(entry.snippet)].join(separator);
}

/** The text of a baseline file that knows these findings; lines are left out, so that moved code stays known. */
export function writeBaseline(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const finding of findings) {
    if (finding.suppressed?.by === "comment") continue;
    counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1);
  }
  const entries = [...counts].map(([key, count]) => {
    const [rule = "", file = "", snippet = ""] = key.split(separator);
    return { rule, file, snippet, count };
  });
  entries.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return `${JSON.stringify({ version: 1, findings: entries }, null, 2)}\n`;
}

/** Reads a baseline; throws an error with a plain message where the text is not one. */
export function readBaseline(text: string): readonly BaselineEntry[] {
  const parsed: unknown = JSON.parse(text);
  const list = typeof parsed === "object" && parsed !== null ? (parsed as { findings?: unknown }).findings : undefined;
  if (!Array.isArray(list)) throw new Error("not a baseline: it has no list of findings");
  return list.map((one: unknown) => {
    const entry = one as Partial<BaselineEntry>;
    if (typeof entry.rule !== "string" || typeof entry.file !== "string" || typeof entry.snippet !== "string") {
      throw new TypeError("not a baseline: an entry needs rule, file and snippet");
    }
    return { rule: entry.rule, file: entry.file, snippet: entry.snippet, count: entry.count ?? 1 };
  });
}

/** The findings, those that the baseline knows marked as such; a baseline entry covers as many as it counted. */
export function applyBaseline(findings: readonly Finding[], baseline: readonly BaselineEntry[]): Finding[] {
  const left = new Map(baseline.map((entry) => [keyOf(entry), entry.count]));
  return findings.map((finding) => {
    const key = keyOf(finding);
    const count = left.get(key) ?? 0;
    if (finding.suppressed !== undefined || count === 0) return finding;
    left.set(key, count - 1);
    return { ...finding, suppressed: { by: "baseline", reason: "known in the baseline" } };
  });
}
