import { jsonForm } from "../values.ts";
import type { Context, Place } from "../values.ts";
import type { Added, Changes } from "./plan.ts";
import { decodeString, skipSpace, skipString, skipValue } from "./scan.ts";
import type { Span } from "./scan.ts";

/** The gaps that removing some members of an object, and adding others at its end, makes. */
export function gapsOf(
  text: string,
  open: number,
  outer: number,
  removed: readonly Span[],
  added: readonly Added[],
  ends: Map<number, number>,
): Changes["gaps"] {
  const gone = new Set(removed.map((span) => span.start));
  const gaps: Changes["gaps"] = [];
  let before: Span | undefined;
  let run: Span[] = [];
  for (const member of members(text, open, ends)) {
    if (gone.has(member.start)) {
      run.push(member);
    } else {
      if (run.length > 0) gaps.push({ open, outer, before, removed: run, after: member, added: [] });
      run = [];
      before = member;
    }
  }
  if (run.length > 0 || added.length > 0) gaps.push({ open, outer, before, removed: run, after: undefined, added });
  return gaps;
}

/** The members of a new object whose names the old text does not have. */
export function addedMembers(
  value: object,
  names: readonly string[],
  seen: ReadonlySet<string> | undefined,
  parent: Place | undefined,
  context: Context,
): Added[] {
  const added: Added[] = [];
  for (const key of names) {
    if (seen?.has(key) === true) continue;
    const form = jsonForm((value as Record<string, unknown>)[key], parent, key, context);
    if (form !== undefined) added.push({ key, value: form, place: { parent, key } });
  }
  return added;
}

/** The members of an object, from name to end of value, with where the value begins. */
export function* members(
  text: string,
  open: number,
  ends: Map<number, number>,
): Generator<Span & { readonly nameEnd: number; readonly value: number }> {
  for (let pos = skipSpace(text, open + 1); text.charCodeAt(pos) !== 125;) {
    if (text.charCodeAt(pos) === 44) pos = skipSpace(text, pos + 1);
    const nameEnd = skipString(text, pos);
    const value = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, value, ends);
    yield { start: pos, end, nameEnd, value };
    pos = skipSpace(text, end);
  }
}

/** Whether any object in the text has two members of one name. */
export function hasRepeatedName(text: string): boolean {
  return findRepeatedName(text) !== undefined;
}

/** The first name that an object in the text has a second time, and where. One pass. */
export function findRepeatedName(text: string): { readonly name: string; readonly offset: number } | undefined {
  const names: Set<string>[] = [];
  for (let pos = 0; pos < text.length;) {
    const code = text.charCodeAt(pos);
    if (code === 34) {
      const end = skipString(text, pos);
      if (text.charCodeAt(skipSpace(text, end)) === 58) {
        const name = decodeString(text, pos, end);
        const seen = names.at(-1);
        if (seen?.has(name) === true) return { name, offset: pos };
        seen?.add(name);
      }
      pos = end;
    } else {
      if (code === 123) names.push(new Set());
      else if (code === 125) names.pop();
      pos++;
    }
  }
  return undefined;
}
