import type { SyntaxNode } from "../engine/index.ts";

/**
 * Whether a filter of `jq` (or `yq`) may leave nothing of what it reads (`.[]`, `select(...)`). `.a = 1` and `{a: .b}` print
 * something of every document: where they print nothing, there was none, and a state file was damaged or missing.
 */
export function mayYieldNothing(words: readonly SyntaxNode[]): boolean {
  if (words.some(({ text }) => /^-\w*j|^--join-output|^-\w*f$|^--from-file/.test(text))) return true;
  const program = programOf(words);
  // What a variable holds is not known.
  return program === null || /^"?\$/.test(program.text) || yieldsNothing(program.text.replace(/^["']|["']$/g, ""));
}

function programOf(words: readonly SyntaxNode[]): SyntaxNode | null {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    if (/^--(arg|argjson|slurpfile|rawfile)$/.test(word.text)) index += 2;
    else if (word.text === "--indent") index += 1;
    else if (!word.text.startsWith("-")) return word;
  }
  return null;
}

/** A part that gives nothing, one or several outputs stands as `each` until it is collected or assigned to. */
const uncertain =
  /\b(each|select|empty|limit|first|last|nth|inputs?|recurse|paths|range|scan|splits|error|while|until)\b|\.\.|\?/;
const collecting =
  /\b(map|map_values|with_entries|del|any|all|sort_by|group_by|unique_by|min_by|max_by|join|test|has|contains|index|startswith|endswith)\s*\([^()]*\)/g;

function yieldsNothing(program: string): boolean {
  let text = program.replace(/\\?"(?:\\[^"]|[^"\\])*\\?"/g, " s ").replace(/([\w.)\]?] ?)\[\s*\]/g, "$1 each ");
  for (let before = ""; before !== text;) {
    before = text;
    text = text
      .replace(collecting, " v ")
      .replace(/\[[^[\]()]*\]/g, " v ")
      .replace(/\{([^{}()[\]]*)\}|\(([^(){}[\]]*)\)/g, (_, fields?: string, group?: string) =>
        isUncertain(fields ?? group ?? "") ? " each " : " v ",
      );
  }
  return isUncertain(text);
}

/** Of a chain of filters each must give something; one that assigns gives back what it was given. */
function isUncertain(text: string): boolean {
  const steps = text.replace(/\|=|\/\/=|[-+*/%]=|(?<![=!<>])=(?!=)/g, " := ").split("|");
  return steps.some((step) => !step.includes(":=") && uncertain.test(step));
}
