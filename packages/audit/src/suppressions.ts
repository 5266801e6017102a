import { LineTable } from "./analysis/source.ts";

/** One `untorn-ignore` comment. */
export interface Suppression {
  readonly line: number;
  readonly scope: "line" | "next-line" | "file";
  readonly rules: readonly string[];
  readonly reason: string;
  used: boolean;
}

const comment =
  /(?:\/\/|#|\/\*|\*|--)\s*untorn-ignore(-next-line|-file)?[ \t]+([\w*-]+(?:\s*,\s*[\w*-]+)*)(?:[ \t]+--[ \t]*([^\n]*?))?[ \t]*(?:\*\/)?[ \t]*(?=\r?\n|$)/g;

/**
 * The `untorn-ignore RULE -- reason` comments of a text: for the same line, with `-next-line` for the next, with `-file`
 * for the whole file. `*` stands for every rule.
 */
export function readSuppressions(text: string): Suppression[] {
  if (!text.includes("untorn-ignore")) return [];
  const lines = new LineTable(text);
  return [...text.matchAll(comment)].map((match) => ({
    line: lines.position(match.index).line,
    scope: match[1] === "-next-line" ? "next-line" : match[1] === "-file" ? "file" : "line",
    rules: (match[2] ?? "").split(/\s*,\s*/),
    reason: (match[3] ?? "").trim(),
    used: false,
  }));
}

/** The comment that covers a finding, marked as used; one without a reason covers nothing. */
export function suppressionFor(suppressions: readonly Suppression[], rule: string, line: number): Suppression | null {
  for (const one of suppressions) {
    if (one.reason === "" || !(one.rules.includes(rule) || one.rules.includes("*"))) continue;
    if (one.scope === "file" || line === (one.scope === "next-line" ? one.line + 1 : one.line)) {
      one.used = true;
      return one;
    }
  }
  return null;
}
