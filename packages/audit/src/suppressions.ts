import { LineTable } from "./analysis/source.ts";

/** One `untorn-ignore` comment. */
export interface Suppression {
  readonly line: number;
  readonly scope: "line" | "next-line" | "file";
  readonly rules: readonly string[];
  readonly reason: string;
  used: boolean;
}

const word = "untorn-ignore";
const markers = ["//", "/*", "*", "#", "--"];

/**
 * The `untorn-ignore RULE -- reason` comments of a text: for the same line, with `-next-line` for the next, with `-file`
 * for the whole file. `*` stands for every rule. One without a rule or a reason is among them, so that it can be told.
 */
export function readSuppressions(text: string): Suppression[] {
  const found: Suppression[] = [];
  let lines: LineTable | undefined;
  for (let from = 0, at = text.indexOf(word); at !== -1; at = text.indexOf(word, from)) {
    from = at + word.length;
    lines ??= new LineTable(text);
    const { line, column } = lines.position(at);
    const before = text.slice(at - column + 1, at).trimEnd();
    const marker = markers.find((one) => before.endsWith(one));
    if (marker === undefined) continue;
    // What follows on the line is a part of the comment.
    const end = text.indexOf("\n", at);
    const rest = text.slice(from, end === -1 ? undefined : end);
    from += rest.length;
    const scope = /^(-next-line|-file)?(?![\w-])/.exec(rest);
    if (scope === null) continue;
    found.push({
      line,
      scope: scope[1] === "-next-line" ? "next-line" : scope[1] === "-file" ? "file" : "line",
      ...said(rest.slice(scope[0].length), marker),
      used: false,
    });
  }
  return found;
}

/** `RULE, RULE -- reason`, up to the end of the comment. */
function said(rest: string, marker: string): { readonly rules: readonly string[]; readonly reason: string } {
  const inside = marker.endsWith("*") ? (rest.split("*/", 1)[0] ?? "") : rest;
  const dashes = inside.search(/(^|[ \t])--/);
  const list = dashes === -1 ? inside : inside.slice(0, dashes);
  const reason = dashes === -1 ? "" : inside.slice(inside.indexOf("--", dashes) + 2).trim();
  const rules = list.split(",").map((name) => name.trim());
  return { rules: rules.filter((name) => name !== ""), reason };
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
