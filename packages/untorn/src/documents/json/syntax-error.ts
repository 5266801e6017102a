/** Where strict JSON stops being JSON, and what a person is told about it. */
export interface SyntaxFault {
  readonly offset: number;
  readonly problem: string;
}

/** The first fault in a text, or undefined if there is none. One pass, own stack; runs only after a parse has failed. */
export function findSyntaxFault(text: string, start = 0): SyntaxFault | undefined {
  const opens: number[] = [];
  let pos = skip(text, start);
  if (pos >= text.length) return { offset: text.length, problem: "there is only white space where JSON was expected" };
  for (;;) {
    // A value is due.
    const code = text[pos];
    if (code === "{" || code === "[") {
      opens.push(pos);
      pos = skip(text, pos + 1);
      if (text[pos] !== (code === "{" ? "}" : "]")) {
        const fault = code === "{" ? checkKey(text, pos, opens) : undefined;
        if (typeof fault === "object") return fault;
        pos = fault ?? pos;
        continue;
      }
      opens.pop();
      pos++;
    } else {
      const end = checkScalar(text, pos, opens);
      if (typeof end === "object") return end;
      pos = end;
    }
    // A value is done: close what closes, then a comma, or the end.
    for (;;) {
      pos = skip(text, pos);
      const open = opens.at(-1);
      if (open === undefined) {
        if (pos >= text.length) return undefined;
        return { offset: pos, problem: `${shown(text, pos)} follows after the end of the JSON value` };
      }
      const isObject = text[open] === "{";
      if (text[pos] === ",") {
        pos = skip(text, pos + 1);
        if (isObject) {
          const fault = checkKey(text, pos, opens);
          if (typeof fault === "object") return fault;
          pos = fault;
        } else if (text[pos] === "]") {
          return { offset: pos, problem: "a comma before ]; strict JSON has no trailing commas" };
        }
        break;
      }
      if (text[pos] !== (isObject ? "}" : "]")) {
        return expected(text, pos, `"," or "${isObject ? "}" : "]"}"`, opens);
      }
      opens.pop();
      pos++;
    }
  }
}

/** The place of the value that belongs to the key at `pos`, or a fault. */
function checkKey(text: string, pos: number, opens: readonly number[]): number | SyntaxFault {
  if (text[pos] === "}") return { offset: pos, problem: "a comma before }; strict JSON has no trailing commas" };
  if (text[pos] !== '"') return expected(text, pos, "a member name in double quotes", opens);
  const end = checkString(text, pos, opens);
  if (typeof end === "object") return end;
  const colon = skip(text, end);
  return text[colon] === ":" ? skip(text, colon + 1) : expected(text, colon, '":" after the member name', opens);
}

function checkScalar(text: string, pos: number, opens: readonly number[]): number | SyntaxFault {
  if (text[pos] === '"') return checkString(text, pos, opens);
  const word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  word.lastIndex = pos;
  if (!word.test(text)) return expected(text, pos, "a value", opens);
  const end = word.lastIndex;
  if (!/[\w.+-]/.test(text[end] ?? "")) return end;
  // Not the word itself: what is where no JSON is may be a secret, and an error goes to logs.
  return { offset: pos, problem: "a word that is no JSON number, nor true, false or null" };
}

function checkString(text: string, pos: number, opens: readonly number[]): number | SyntaxFault {
  for (let i = pos + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return i + 1;
    if (code < 32) return { offset: i, problem: `a raw ${shown(text, i)} in a string; it must be escaped` };
    if (code !== 92) continue;
    const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
    escape.lastIndex = i;
    if (!escape.test(text)) {
      if (i + 6 > text.length && !text.includes('"', i)) break;
      return { offset: i, problem: `${JSON.stringify(text.slice(i, i + 2))} is not a JSON escape` };
    }
    i = escape.lastIndex - 1;
  }
  return truncated(text, [...opens.slice(-1), pos], "a string");
}

function expected(text: string, pos: number, what: string, opens: readonly number[]): SyntaxFault {
  if (pos >= text.length) {
    const open = opens.at(-1);
    const inside = open === undefined ? "the value" : text[open] === "{" ? "an object" : "an array";
    return truncated(text, opens, inside);
  }
  if (text.startsWith("//", pos) || text.startsWith("/*", pos)) {
    return { offset: pos, problem: "a comment, which strict JSON does not have (comments: true allows it)" };
  }
  return { offset: pos, problem: `${shown(text, pos)} where ${what} was expected` };
}

function truncated(text: string, opens: readonly number[], inside: string): SyntaxFault {
  const open = opens.at(-1);
  const since = open === undefined ? "" : `, which began at offset ${open}`;
  return { offset: text.length, problem: `the text ends inside ${inside}${since}: it may have been cut off` };
}

function skip(text: string, pos: number): number {
  let i = pos;
  while (text[i] === " " || text[i] === "\n" || text[i] === "\r" || text[i] === "\t") i++;
  return i;
}

const names: Readonly<Record<string, string>> = {
  "\n": "line break",
  "\r": "carriage return",
  "\t": "tab",
  "\0": "NUL",
  "\uFEFF": "byte order mark",
};

function shown(text: string, pos: number): string {
  const character = String.fromCodePoint(text.codePointAt(pos) ?? 0);
  return names[character] ?? JSON.stringify(character);
}
