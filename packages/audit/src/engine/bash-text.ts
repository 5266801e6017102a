/** `${name#pattern}`, `${name%%pattern}`, `${name//pattern/text}`, as long as no other quotes or braces are inside. */
const trimming = /(\$\{[\w@*!]+(?:\[[^\]\n]*\])?(?:##?|%%?|\/[/#%]?))((?:\\.|\$\w+|[^}\\"'$`\n{])*)\}/g;

/**
 * The text that the grammar for Bash is given in place of a script. It takes a bracket or a backslash in the pattern of
 * an expansion (`${host#[}`, `${host%%\]*}`) for the beginning of something else, and from there on strings for code.
 * Each is replaced by a letter, so that every position stays what it was; what nodes say is read from the script itself.
 */
export function readableBash(text: string): string {
  if (!text.includes("${")) return text;
  return text.replace(trimming, (whole, head: string, pattern: string) =>
    /[\\[\]]/.test(pattern) ? `${head}${pattern.replace(/\\.|[[\]]/g, (one) => "_".repeat(one.length))}}` : whole,
  );
}
