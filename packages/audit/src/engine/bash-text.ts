/** `${name#pattern}`, `${name%%pattern}`, `${name//pattern/text}`, as long as no other expansion is inside but that of a name. */
const trimming =
  /(\$\{[\w@*!]+(?:\[[^\]\n]*\])?(?:##?|%%?|\/[/#%]?))((?:\\.|\$\w+|'[^'\n]*'|"[^"\n`$]*"|[^}\\"'$`\n{])*)\}/g;
/** What the grammar stumbles over in such a pattern: brackets, backslashes and quoted text. */
const stumbling = /\\.|[[\]]|'[^'\n]*'|"[^"\n`$]*"/g;

/** A pattern with quotes behind the `=` of a `[[ ]]`: `[[ $name = *" "* ]]` (behind `==` the grammar knows it). */
const comparing = /(?<=\[\[[^\n]*[ \t]=[ \t]+)[*?][^\s"'`$();&|]*(?:"[^"\n`]*"|'[^'\n]*')[^\s"'`$();&|]*/g;

function masked(word: string): string {
  return "_".repeat(word.length);
}

/**
 * The text that the grammar for Bash is given in place of a script. It takes a bracket or a backslash in the pattern of
 * an expansion (`${host#[}`, `${host%%\]*}`, `"${name//']'/_}"`) for the beginning of something else, and from there on strings for code.
 * So it takes a quote in the pattern of a test (`[[ $name = *" "* ]]`). Each is replaced by a letter, so that every position
 * stays what it was; what nodes say is read from the script itself.
 */
export function readableBash(text: string): string {
  const tests = text.includes("[[") ? text.replace(comparing, masked) : text;
  if (!tests.includes("${")) return tests;
  return tests.replace(trimming, (whole, head: string, pattern: string) =>
    /[\\[\]'"]/.test(pattern) ? `${head}${pattern.replace(stumbling, masked)}}` : whole,
  );
}
