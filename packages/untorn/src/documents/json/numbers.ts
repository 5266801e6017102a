import { canonical } from "../digits.ts";
import { skipString, skipWord } from "./scan.ts";
import type { Span } from "./scan.ts";
import { plainNumber } from "./serialize.ts";
import type { NumberWriter } from "./serialize.ts";

/**
 * A writer that gives numbers their old digits back. A value that moves (an element that went to another list, a member
 * that was renamed) is written anew, and a number in it may be one that a double cannot hold (a 64-bit id, 1e400): it
 * was read as the nearest double, or Infinity. So the literals in the text that goes away are looked at, and a new
 * number that equals one of them gets those digits. Where two literals mean the same double, the digits cannot be known,
 * and `ambiguous` is told.
 */
export function numberWriter(
  text: string,
  leaving: readonly Span[],
  ambiguous: (first: string, second: string) => Error,
): NumberWriter {
  const literals = new Map<number, string>();
  const clashes = new Map<number, string>();
  const exact = new Set<number>();
  for (const span of leaving) {
    for (const literal of literalsIn(text, span)) {
      const value = Number(literal);
      if (Number.isFinite(value) && canonical(literal) === canonical(String(value))) {
        exact.add(value);
        continue;
      }
      // A literal too small for a double reads as 0, and a plain 0 must stay one.
      if (value === 0) continue;
      const known = literals.get(value);
      if (known === undefined) literals.set(value, literal);
      else if (known !== literal) clashes.set(value, literal);
    }
  }
  if (literals.size === 0) return plainNumber;
  return (value) => {
    const literal = literals.get(value);
    if (literal === undefined) return plainNumber(value);
    const clash = clashes.get(value) ?? (exact.has(value) ? String(value) : undefined);
    if (clash !== undefined) throw ambiguous(literal, clash);
    return literal;
  };
}

/** Whether there is a number that is too small for a double: it reads as 0. */
export function holdsUnderflow(text: string, span: Span): boolean {
  for (const literal of literalsIn(text, span)) if (Number(literal) === 0 && canonical(literal) !== "0") return true;
  return false;
}

/** Numbers long enough to be more than a double holds: 16 digits, or an exponent. */
function* literalsIn(text: string, span: Span): Generator<string> {
  for (let pos = span.start; pos < span.end;) {
    const code = text.charCodeAt(pos);
    if (code === 34) {
      pos = skipString(text, pos);
    } else if (code === 45 || (code >= 48 && code <= 57)) {
      const end = skipWord(text, pos);
      const literal = text.slice(pos, end);
      if (literal.length > 15 || /[eE]/.test(literal)) yield literal;
      pos = end;
    } else {
      pos++;
    }
  }
}
