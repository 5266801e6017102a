import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { argumentsOf, stringValue } from "../python/grammar.ts";
import type { PlannedFix } from "./change.ts";
import { isPath } from "./python-path.ts";

const whole = /^w[bt]?$|^[bt]w$/;

/**
 * `json.dump(data, open(path, "w"))` on a line of its own becomes a `with` block around the same call: the handle that
 * nobody closes is closed there.
 */
export function handedOverPlan(source: Source, call: SyntaxNode, callee: SyntaxNode): PlannedFix | null {
  const outer = call.parent()?.parent();
  const statement = outer?.parent();
  if (outer?.kind !== "call" || statement?.kind !== "expression_statement" || statement.start !== outer.start)
    return null;
  const direct = operands(outer.field("arguments") ?? outer).some((one) => one.start === call.start);
  const line = source.text.lastIndexOf("\n", statement.start - 1) + 1;
  const indent = source.text.slice(line, statement.start);
  // A name that is there already, and what spans lines, would be changed by the new block.
  if (!direct || !/^[ \t]*$/.test(indent) || statement.text.includes("\n") || /\buntorn_file\b/.test(source.text))
    return null;
  const opened = openedAs(source, call, callee);
  if (opened === null) return null;
  const newline = source.text.includes("\r\n") ? "\r\n" : "\n";
  const inner = `${indent}${indent.startsWith("\t") ? "\t" : "    "}`;
  const edits = [
    { start: statement.start, end: statement.start, text: `with ${opened.text} as untorn_file:${newline}${inner}` },
    { start: call.start, end: call.end, text: "untorn_file" },
  ];
  return { safe: opened.safe, kind: "atomic-open", edits, calls: "atomic_open", callee: null };
}

/** The call as the helper's; null where it does not replace the whole file, or opens by descriptor. */
function openedAs(source: Source, call: SyntaxNode, callee: SyntaxNode): { text: string; safe: boolean } | null {
  const given = argumentsOf(call);
  const method =
    callee.kind === "attribute" && callee.text.endsWith(".open") && !/^(io|builtins)\.open$/.test(callee.text);
  const mode = given.keyword("mode") ?? given.positional[method ? 0 : 1] ?? null;
  if (mode === null || !whole.test(stringValue(mode) ?? "") || given.keyword("opener") || given.keyword("file"))
    return null;
  const list = operands(call.field("arguments") ?? call).map((one) => one.text);
  const object = method ? callee.field("object") : null;
  const words = object === null ? list : [object.text, ...list];
  return { text: `atomic_open(${words.join(", ")})`, safe: object === null || isPath(source.root, object) };
}

/** `with ZipFile(path, "w") as z`: the archive is written through a handle whose file is put in place at the end. */
export function archivePlan(source: Source, site: WriteSite): PlannedFix | null {
  const { node: call, path } = site;
  const holder = call.parent();
  const item = holder?.kind === "as_pattern" ? holder.parent() : holder;
  const given = argumentsOf(call);
  const mode = stringValue(given.positional[1] ?? given.keyword("mode"));
  // The archive knows its name no more.
  if (item?.kind !== "with_item" || path === null || mode !== "w" || path.start !== given.positional[0]?.start)
    return null;
  if (/\.filename\b|\buntorn_file\b/.test(source.text)) return null;
  const edits = [
    { start: item.start, end: item.start, text: `atomic_open(${path.text}, "wb") as untorn_file, ` },
    { start: path.start, end: path.end, text: "untorn_file" },
  ];
  return { safe: true, kind: "atomic-open", edits, calls: "atomic_open", callee: null };
}
