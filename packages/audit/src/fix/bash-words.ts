import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";

/** What only the shell itself can run, or what would set nothing in a subshell; `time` is a word of the grammar. */
export const ofTheShell =
  /^(exec|export|local|eval|read|source|\.|:|set|cd|pushd|popd|dirs|trap|unset|shift|alias|unalias|umask|declare|typeset|readonly|let|getopts|mapfile|readarray|hash|ulimit|wait|bg|fg|jobs|disown|return|break|continue|exit|enable|shopt|times|bind|complete|compgen|compopt|history|fc|suspend|logout|builtin|caller|coproc|time)$/;

/** Programs and plain builtins that no script is likely to have a function for. */
export const wellKnown =
  /^(echo|printf|cat|sed|g?awk|jq|yq|e?grep|sort|uniq|head|tail|cut|tr|tee|date|env|find|ls|stat|wc|diff|curl|wget|git|docker|kubectl|openssl|gpg|base64|sha\d*sum|md5sum|python\d?|node|npm|npx|perl|ruby|php|psql|mysql|mysqldump|pg_dump|tar|gzip|gunzip|zcat|xz|bzip2|hostname|uname|whoami|id|ps|df|du|envsubst|column|paste|comm|join|nl|od|xxd|seq|yes|crontab|iptables-save|sudo|command|cmp|file|basename|dirname|pwd|test|bash|sh)$/;

const expansions = /^(simple_expansion|expansion|command_substitution|arithmetic_expansion)$/;

/**
 * The word of a redirect as one argument of a command. A shell splits what an argument expands to, and never the target of
 * a redirect in `sh`; bash refuses what is split. Null where it may stand for several files, where quotes would change it,
 * and where the grammar takes only a part of it for the word (`$1/$2`, of which it finds `$1/$`).
 */
export function asOneWord(text: string, word: SyntaxNode): string | null {
  if (/\$[@*]|\$\{[@*]|\[[@*]\]/.test(word.text) || !isWhole(text, word)) return null;
  const parts = word.kind === "concatenation" ? operands(word) : [word];
  let made = "";
  let at = word.start;
  for (const part of parts) {
    made += word.text.slice(at - word.start, part.start - word.start) + quoted(part);
    at = part.end;
  }
  made += word.text.slice(at - word.start);
  const several = parts.some((part) => part.kind === "word" && /(?<!\\)[*?[{]/.test(part.text));
  // Quotes within backquotes within quotes are read differently by different shells.
  const nested = parts.some((part) => part.text.startsWith("`") && /["\\]/.test(part.text));
  const changed = parts.some((part) => part.kind === "expansion" && quotesChange(part.text));
  if (several || nested || changed) return null;
  return parts.some((part) => part.kind === "process_substitution") ? null : made;
}

function isWhole(text: string, word: SyntaxNode): boolean {
  return !/(?<!\\)\$$/.test(word.text) && /^([\s;&|()<>`]|$)/.test(text.slice(word.end, word.end + 1));
}

/** `${file:-~/x}` and `${file:-'a b'}`: within quotes a default is not read as it is without. */
function quotesChange(text: string): boolean {
  const [, rest = ""] = /^\$\{[^-=+:}]*:?[-=+](.*)$/s.exec(text) ?? [];
  return /[~'\\*?]/.test(rest) || /[~']/.test(text);
}

function quoted(part: SyntaxNode): string {
  return expansions.test(part.kind) ? `"${part.text}"` : part.text;
}
