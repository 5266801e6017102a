import { UsageError } from "../usage-error.ts";

/** One command of a line script: its words, and the text that follows it (`<<END`). */
export interface ScriptLine {
  readonly words: readonly string[];
  readonly text?: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Takes a line script apart: one command a line; words are separated by blanks; '...' is taken as it is, "..." as JSON text;
 * `#` at the start of a word begins a comment; `<<END` as the last word takes the lines up to one that is `END` as text.
 */
export function scriptLines(script: string): ScriptLine[] {
  const lines = script.split(/\r?\n/);
  const found: ScriptLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    const words = wordsOf(lines[index] as string, line);
    if (words.length === 0) continue;
    const last = words.at(-1) as Word;
    if (!last.bare || !/^<<\w+$/.test(last.text)) {
      found.push({ words: words.map(({ text }) => text), line });
      continue;
    }
    const end = lines.indexOf(last.text.slice(2), index + 1);
    if (end === -1) throw new UsageError(`Line ${line}: no line '${last.text.slice(2)}' ends the text.`);
    const text = lines.slice(index + 1, end).map((each) => `${each}\n`);
    found.push({ words: words.slice(0, -1).map((word) => word.text), text: text.join(""), line });
    index = end;
  }
  return found;
}

interface Word {
  readonly text: string;
  /** Without quotes. */
  readonly bare: boolean;
}

const token =
  /\s*(?:(?<comment>#.*)|'(?<single>[^']*)'|(?<double>"(?:[^"\\]|\\.)*")|(?<bare>[^\s'"#][^\s'"]*))(?=\s|$)/y;

function wordsOf(line: string, number: number): Word[] {
  const words: Word[] = [];
  token.lastIndex = 0;
  while (line.slice(token.lastIndex).trim() !== "") {
    const start = token.lastIndex;
    const groups = token.exec(line)?.groups;
    if (groups === undefined)
      throw new UsageError(`Line ${number}: it is not clear where a word ends: ${line.slice(start).trim()}`);
    const { comment, single, double, bare } = groups as Record<string, string | undefined>;
    if (comment !== undefined) break;
    if (double !== undefined) words.push({ text: fromJson(double, number), bare: false });
    else words.push({ text: single ?? bare ?? "", bare: bare !== undefined });
  }
  return words;
}

function fromJson(text: string, line: number): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new UsageError(`Line ${line}: ${text} is not a JSON text; '...' takes anything but a quote as it is.`);
  }
}
