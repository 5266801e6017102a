// Reads JSON that is known to be well-formed (JSON.parse has accepted it), so nothing here checks syntax.

const QUOTE = 34;
const BACKSLASH = 92;

/** Containers longer than this are remembered once their end is known, so that skipping stays linear in nested jobs. */
export const REMEMBER = 256;

/** A stretch of text, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The first place at or after `pos` that is not white space. */
export function skipSpace(text: string, pos: number): number {
  for (;;) {
    const code = text.charCodeAt(pos);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return pos;
    pos++;
  }
}

/** The place after the string that starts at `pos`. */
export function skipString(text: string, pos: number): number {
  for (let i = pos + 1; ; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
    else if (Number.isNaN(code)) return i;
  }
}

/** The string that starts at `start` and ends before `end`, decoded. */
export function decodeString(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes("\\") ? (JSON.parse(text.slice(start, end)) as string) : raw;
}

/** The place after the value that starts at `pos`; `ends` remembers large containers. */
export function skipValue(text: string, pos: number, ends: Map<number, number>): number {
  const code = text.charCodeAt(pos);
  if (code === QUOTE) return skipString(text, pos);
  if (code === 123 || code === 91) return skipOut(text, pos + 1, [pos], ends);
  return skipWord(text, pos);
}

/** The place after a number, `true`, `false` or `null`. */
export function skipWord(text: string, pos: number): number {
  for (let i = pos; ; i++) {
    const code = text.charCodeAt(i);
    // Digits, letters, and + - . are all that these words hold.
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 43 && code <= 46) || code === 69))
      return i;
    if (code === 44) return i;
  }
}

/** From inside containers that opened at `opens` (innermost last) to the place after the outermost one's end. */
export function skipOut(text: string, pos: number, opens: number[], ends: Map<number, number>): number {
  const end = ends.get(opens[0] ?? -1);
  if (end !== undefined) return end;
  for (let i = pos; ;) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = skipString(text, i);
    } else if (code === 123 || code === 91) {
      const known = ends.get(i);
      if (known === undefined) opens.push(i++);
      else i = known;
    } else if (code === 125 || code === 93) {
      const open = opens.pop() ?? 0;
      i++;
      if (i - open >= REMEMBER) ends.set(open, i);
      if (opens.length === 0) return i;
    } else if (Number.isNaN(code)) {
      return i;
    } else {
      i++;
    }
  }
}

/** The place after the string at `pos` if it means `value`, else -1. */
export function matchString(text: string, pos: number, value: string): number {
  if (text.charCodeAt(pos) !== QUOTE) return -1;
  const length = value.length;
  const first = pos + 1;
  if (length < 64) {
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(first + i);
      if (code !== value.charCodeAt(i) || code === QUOTE || code === BACKSLASH) return matchEscaped(text, pos, value);
    }
  } else if (!text.startsWith(value, first) || value.includes('"') || value.includes("\\")) {
    return matchEscaped(text, pos, value);
  }
  return text.charCodeAt(first + length) === QUOTE ? first + length + 1 : -1;
}

function matchEscaped(text: string, pos: number, value: string): number {
  const end = skipString(text, pos);
  return decodeString(text, pos, end) === value ? end : -1;
}

/** The place after the number at `pos` if it means `value` (-0 is not 0), else -1. */
export function matchNumber(text: string, pos: number, value: number): number {
  let i = pos;
  let code = text.charCodeAt(i);
  const negative = code === 45;
  if (negative) code = text.charCodeAt(++i);
  const digits = i;
  let number = 0;
  while (code >= 48 && code <= 57) {
    number = number * 10 + (code - 48);
    code = text.charCodeAt(++i);
  }
  if (i === digits) return -1;
  if (code === 46 || code === 101 || code === 69 || i - digits > 15) {
    const end = skipWord(text, i);
    return Object.is(Number(text.slice(pos, end)), value) ? end : -1;
  }
  return Object.is(negative ? -number : number, value) ? i : -1;
}
