import type { Choices } from "./choices.ts";

/**
 * Pieces of lines that open, close or interrupt something, so that random lines meet every rule. No white space but spaces and tabs:
 * commonmark.js takes all of it for blank, where the specification says spaces and tabs.
 */
const pieces = [
  ..."a|Key: v|# h|## |- |* x|1. |2. b|10) c|> |>|```|~~~|~~~~ js|    |  |\t| |<div>|</div>|<!-- c|-->".split("|"),
  ..."<!-- X:BEGIN -->|<!-- X:END -->|<a b='c'>|<?php|?>|<pre>|</pre>|---|***|- - -|===|--|=|\\|+|-|1)|&|<![CDATA[".split(
    "|",
  ),
  ...']]>|<!D|#|####### x|*|:-:|[a]: /u|[b]:|"t"|"t|(x)|`|``|é|\u{1f600}|\0|[ ] a|[x] b|**K:** v|__K__: v'.split("|"),
  "| a | b |",
  "|---|---|",
  "a | b",
  "--|--",
  "|x",
  "\\|",
];

/** A few lines of such pieces, with any kind of line end. */
export function anyLines(choices: Choices, most = 6): string {
  const lineEnds = choices.pick([["\n"], ["\n"], ["\r\n"], ["\n", "\r\n", "\r"]]);
  let text = choices.chance(5) ? "\u{feff}" : "";
  const lines = choices.below(most + 1);
  for (let line = 0; line < lines; line += 1) {
    const count = choices.below(4);
    for (let piece = 0; piece < count; piece += 1) text += choices.pick(pieces);
    text += line === lines - 1 && choices.chance(25) ? "" : choices.pick(lineEnds);
  }
  return text;
}

const tablePieces = "a|b c|Key: v|\\\\|é|`|# h|===|---|> |- x|  |   |\t".split("|");
const tableRows = [
  "| a | b |",
  "|---|---|",
  "a | b",
  "--|--",
  ":-: | -",
  "|",
  "\\|",
  "| x",
  "|-",
  ":-",
  "|:-:|",
  "||",
  "a\\|b",
];

const containers = [
  ["", ""],
  ["> ", "> "],
  ["- ", "  "],
  ["1. > ", "   >"],
] as const;

/**
 * Lines with many tables in them. They hold nothing that micromark alone sees otherwise than the reference (a closing `</pre>` in a
 * paragraph, a list after indented code, a block quote after frontmatter that is never closed, a
 * table after another one that ended with its block quote).
 */
export function anyTableLines(choices: Choices): string {
  const frontmatter = choices.chance(10)
    ? choices.pick(["---\n---\n", "+++\na = 1\n+++ \n", "--- \nkey: v\n\n---\n"])
    : "";
  const [first, rest] = choices.pick(containers);
  const lines: string[] = [];
  for (let count = choices.below(8); count > 0; count -= 1) {
    if (choices.chance(25)) lines.push("a | b", "--|:-");
    let line = choices.chance(60) ? choices.pick(tableRows) : "";
    for (let piece = choices.below(3); piece > 0; piece -= 1)
      line += choices.pick(choices.chance(60) ? tableRows : tablePieces);
    lines.push(line);
  }
  const text = lines.map((line, at) => `${at === 0 ? first : rest}${line}\n`).join("");
  return (frontmatter === "" && text.startsWith("---") ? "a\n\n" : frontmatter) + text;
}

/** Whole blocks that hold look-alikes of everything that can be edited, and leave nothing open. */
const closedBlocks = [
  "Some text.",
  "```\nKey: in code\n# Target\n<!-- X:BEGIN -->\n- [ ] task\n```",
  "~~~ js\nKey: in code\n| a | b |\n|---|---|\n~~~",
  "<!-- Key: in a comment\nKey: there too\n-->",
  "    Key: indented\n    # Target",
  "<div>\nKey: in HTML\n</div>",
  "> quoted\n> text",
  "- one\n- two\n\n  more of two",
  "1. first\n   - nested",
  "text with `code\nKey: in a code span` here",
  "text <!-- and\nKey: in a comment --> here",
  "Setext title\n---",
  "Other: field",
  "***",
  "[ref]: /url 'title\nKey: in a title\n'",
  "###### Deep",
];

/** Blocks with blank lines around each, with one kind of line end. */
export function closedBlocksText(choices: Choices, lineEnd: string): string {
  let text = "";
  for (let count = choices.below(4); count > 0; count -= 1) text += `${choices.pick(closedBlocks)}\n\n`;
  return text.replaceAll("\n", lineEnd);
}

const valueParts = [
  ..."a,b,0,$&,$1,$$,\\1,\\,/,&,`,``,<,<!-- ,-->,<b>,**,_,[x],](,!,#,- ,1. ,> ,: ,é,\u{1f600},\u2028,\u0007,\u00a0,|,\\|,%,\",'".split(
    ",",
  ),
  ",",
  "x y",
];

/** A value for one line, of characters that mean something somewhere; no white space at its ends. */
export function lineValue(choices: Choices, most = 5): string {
  let value = "";
  for (let count = choices.below(most + 1); count > 0; count -= 1) value += choices.pick(valueParts);
  return value.replace(/^[ \t]+|[ \t]+$/g, "");
}
