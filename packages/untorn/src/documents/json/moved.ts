import { fingerprint } from "../align.ts";
import { Pool } from "../pool.ts";
import { holdsUnderflow } from "./numbers.ts";
import type { Added, Changes, Replacement } from "./plan.ts";
import { skipSpace, skipString } from "./scan.ts";
import type { Span } from "./scan.ts";
import type { Layout } from "./serialize.ts";

/**
 * For new values that equal one which goes away (an element in another place, a member with another name): that one's text, so that
 * comments and layout inside go with it. Each text is used once. Numbers are not looked at: their writer knows which digits are meant.
 */
export function findMoved(
  text: string,
  changes: Pick<Changes, "replacements" | "gaps">,
  equal: (start: number, fresh: Added | Replacement) => boolean,
): Map<object, Span> {
  const { replacements, gaps } = changes;
  const moved = new Map<object, Span>();
  const fresh = [...gaps.flatMap(({ added }) => added), ...replacements].filter(({ value }) => isText(value));
  if (fresh.length === 0) return moved;
  const leaving = new Pool<Span>();
  for (const span of leavingValues(text, changes)) {
    if (!/["{[]/.test(text.charAt(span.start)) || holdsUnderflow(text, span)) continue;
    leaving.add(fingerprint(JSON.parse(text.slice(span.start, span.end))), span);
  }
  for (const one of fresh) {
    const span = leaving.take(printOf(one.value), ({ start }) => equal(start, one));
    if (span !== undefined) moved.set(one, span);
  }
  return moved;
}

function isText(value: unknown): boolean {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}

function printOf(value: unknown): string | undefined {
  try {
    return fingerprint(value);
  } catch {
    // A value that cannot be saved is found, and named, when it is written.
    return undefined;
  }
}

function leavingValues(text: string, { replacements, gaps }: Pick<Changes, "replacements" | "gaps">): Span[] {
  const members = gaps.flatMap(({ open, removed }) => {
    if (text.charCodeAt(open) !== 123) return removed;
    return removed.map(({ start, end }) => ({
      start: skipSpace(text, skipSpace(text, skipString(text, start)) + 1),
      end,
    }));
  });
  return [...members, ...replacements];
}

/** The text of a value that moves, with the indent of its new place. `text` has the comments. */
export function movedText(text: string, { start, end }: Span, layout: Layout): string {
  const value = text.slice(start, end);
  // A line may hold the whole document. Only one of the values that begin on it goes on below it: no line is walked twice.
  if (!layout.pretty || !/[\r\n]/.test(value)) return value;
  let line = start;
  while (line > 0 && !/[\r\n]/.test(text.charAt(line - 1))) line--;
  const indent = /^\uFEFF?([ \t]*)/.exec(text.slice(line, start))?.[1] ?? "";
  if (indent === layout.indent) return value;
  return value.replace(/(\r\n|\n|\r)([ \t]*)(?![ \t\r\n])/g, (all, newline: string, blanks: string) =>
    blanks.startsWith(indent) ? newline + layout.indent + blanks.slice(indent.length) : all,
  );
}
