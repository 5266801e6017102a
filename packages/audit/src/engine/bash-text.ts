/** `${name#pattern}`, `${name%%pattern}`, `${name//pattern/text}`, as long as no other expansion is inside but that of a name. */
const trimming =
  /(\$\{[\w@*!]+(?:\[[^\]\n]*\])?(?:##?|%%?|\/[/#%]?))((?:\\.|\$\w+|'[^'\n]*'|"[^"\n`$]*"|[^}\\"'$`\n{])*)\}/g;
/** What the grammar stumbles over in such a pattern: brackets, backslashes and quoted text. */
const stumbling = /\\.|[[\]]|'[^'\n]*'|"[^"\n`$]*"/g;

/** A pattern with quotes behind the `=` of a `[[ ]]`: `[[ $name = *" "* ]]` (behind `==` the grammar knows it). */
const comparing = /(?<=\[\[[^\n]*[ \t]=[ \t]+)[*?][^\s"'`$();&|]*(?:"[^"\n`]*"|'[^'\n]*')[^\s"'`$();&|]*/g;

/** `[[ $previous == @(<|>|>>) ]]`: what the grammar takes for redirects. */
const pointedGroup = /[@?*+!]\([^()\s$"'`]{0,80}[<>][^()\s$"'`]{0,80}\)/g;
/** `map=([a>b]=c)`: so it does here. */
const pointedKey = /(?<=[\s(]\[)[^\s"'`$\][]{0,80}[<>][^\s"'`$\][]{0,80}(?=\]\+?=)/g;

/** A line that ends in the bracket of a test, behind which a word of the shell begins the next: `while [ -f x ]`, `do`. */
const testAtEnd = /[ \t]\][ \t]*(?:[ \t]#[^\n]{0,200})?\n(?=\s*(?:do|then|else|elif|fi|done|esac|\}|\)|;;)(?![\w-]))/g;
/** What stands before it has its quotes in pairs, and neither a comment nor a heredoc begins in it. */
const evenLine = /^(?:[^"'\\<#]|\\.|<(?!<)|(?<![\s;&|(])#|"(?:[^"\\]|\\.)*"|'[^']*')*$/;

/** What stands on the same line before a place; a line of a script is not longer than this. */
function lineBefore(text: string, at: number): string {
  const part = text.slice(Math.max(0, at - 1000), at);
  return part.slice(part.lastIndexOf("\n") + 1);
}

function endTests(text: string): string {
  return text.replace(testAtEnd, (whole, at: number) =>
    evenLine.test(lineBefore(text, at)) ? " ];".padEnd(whole.length) : whole,
  );
}

/** Whether a line goes on with the right side of `[[ $a == ... ]]`. */
function isCompared(line: string): boolean {
  return line.includes("[[") && /[ \t][!=]?=[ \t]{1,9}\S{0,80}$/.test(line);
}

function maskPointed(text: string): string {
  return text
    .replace(pointedGroup, (whole, at: number) => (isCompared(lineBefore(text, at)) ? masked(whole) : whole))
    .replace(pointedKey, masked);
}

function masked(word: string): string {
  return "_".repeat(word.length);
}

/**
 * The text that the grammar for Bash is given in place of a script. It takes a bracket or a backslash in the pattern of
 * an expansion (`${host#[}`, `${host%%\]*}`, `"${name//']'/_}"`) for the beginning of something else, and from there on strings for code.
 * So it takes a quote in the pattern of a test (`[[ $name = *" "* ]]`). Each is replaced by a letter, so that every position
 * stays what it was; what nodes say is read from the script itself. The end of a line behind a test is replaced by a `;`:
 * the grammar takes the bracket for a word of a command that goes on until the next test ends.
 */
export function readableBash(text: string): string {
  const plain = text.includes("[") ? maskPointed(endTests(text)) : text;
  const tests = plain.includes("[[") ? plain.replace(comparing, masked) : plain;
  if (!tests.includes("${")) return tests;
  return tests.replace(trimming, (whole, head: string, pattern: string) =>
    /[\\[\]'"]/.test(pattern) ? `${head}${pattern.replace(stumbling, masked)}}` : whole,
  );
}
