/**
 * Longer or deeper objects are not looked for in damaged text. Without the bounds a file of opening braces would take for ever: a
 * character is looked at once for every object around it that does not end at once.
 */
const longest = 100_000;
const deepest = 64;

/** The whole object of JSON that starts at a place in a damaged text, and where it ends; `undefined`: there is none. */
export function wholeObjectAt(
  text: string,
  start: number,
): { readonly value: unknown; readonly end: number } | undefined {
  const end = objectEnd(text, start);
  if (end === undefined) return undefined;
  try {
    return { value: JSON.parse(text.slice(start, end)) as unknown, end };
  } catch {
    return undefined;
  }
}

/** Where the object that starts at a place ends, going by its braces outside of strings. */
function objectEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length && at < start + longest; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") {
      depth += 1;
      if (depth > deepest) return undefined;
    } else if (character === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}
