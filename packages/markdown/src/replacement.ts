import { refused } from "./problems.ts";

const loneSurrogate = /\p{Surrogate}/u;

/** Refuses text that no file can hold as it is: NUL, and halves of surrogate pairs, which UTF-8 has no bytes for. */
export function checkText(text: string, what: string, path: string | undefined): void {
  if (text.includes("\0")) throw refused(`${what} has a NUL character in it, which Markdown has no way to hold`, path);
  if (loneSurrogate.test(text))
    throw refused(`${what} has half of a surrogate pair in it, which UTF-8 cannot hold`, path);
}

/** Refuses what would not stay on its line, or would lose white space at its ends. */
export function checkLine(text: string, what: string, path: string | undefined): void {
  checkText(text, what, path);
  if (/[\r\n]/.test(text)) throw refused(`${what} has a line end in it, and would break out of its line`, path);
  if (/^[ \t]|[ \t]$/.test(text)) {
    throw refused(`${what} starts or ends with white space, which Markdown does not keep`, path, "Trim it.");
  }
}

/** Text of lines without the blank lines around it, in the line ends of the file. */
export function blockText(text: string, lineEnd: string, path: string | undefined): string {
  checkText(text, "the text", path);
  const lines = text.split(/\r\n|\r|\n/);
  let first = 0;
  let last = lines.length;
  while (first < last && isBlankLine(lines[first])) first += 1;
  while (last > first && isBlankLine(lines[last - 1])) last -= 1;
  return lines.slice(first, last).join(lineEnd);
}

function isBlankLine(line: string | undefined): boolean {
  return line === undefined || /^[ \t]*$/.test(line);
}
