import type { Command } from "../bash/commands.ts";
import { readCommand } from "../bash/commands.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { mayYieldNothing } from "./bash-jq.ts";

/** They print what is left of what they read, or what they find: to have nothing is a right answer of theirs. */
const filters =
  /^(tail|head|[gmn]?awk|g?sed|grep|[ef]grep|sort|cut|tr|comm|uniq|join|paste|column|rev|tac|nl|fold|fmt|expand|iconv|envsubst|base64|strings|shuf|xargs|tee|find|ls|ps|lsof|pgrep|sqlite3|psql|mysql|zcat|gunzip|xzcat|bzcat|compgen)$/;

/** Whether a command may succeed and print nothing, and so may every command in front of it in its pipeline. */
export function mayBeEmpty(command: Command, further: readonly SyntaxNode[]): boolean {
  const pipeline = command.node.parent();
  const before = pipeline?.kind === "pipeline" ? operands(pipeline).filter((one) => one.end <= command.node.start) : [];
  if (!isEmptyAtTimes({ ...command, words: [...command.words, ...further] }, before.length > 0)) return false;
  // What is always printed is no failure where a filter leaves nothing of it. Loops and groups are what is in them.
  return before.every((one) => {
    const inner = one.findAll(["command"]).flatMap((node) => readCommand(node) ?? []);
    const printing = inner.filter(({ name }) => !silent.test(name));
    return printing.length > 0 && printing.every((each) => isPlain(each) || isEmptyAtTimes(each, false));
  });
}

/** They print nothing, whatever they say by their status. */
const silent = /^(read|test|\[|:|true|continue|break|shift|local|cd|sleep|exit|return)$/;

function isEmptyAtTimes({ node, name, words }: Command, piped: boolean): boolean {
  const texts = words.map(({ text }) => text);
  // Without a file it prints what comes in: a text in the script, or what another command may have failed to print.
  if (name === "cat") {
    const input = node.parent()?.findAll(["file_redirect"], /^0?<[^<&]/) ?? [];
    return piped || input.length > 0 || texts.some((text) => !text.startsWith("-"));
  }
  if (name === "echo") return texts.some((text) => /^-\w*n/.test(text) || /\\c/.test(text));
  // A format that has a letter, or a line end, prints it whatever it is given.
  if (name === "printf") return mayPrintNothing(texts.find((text) => text !== "--") ?? "");
  if (name === "git")
    // `git -C folder diff`
    return /^(diff|log|show|status|grep|branch|tag|stash|ls-|rev-list|diff-|for-each-ref|format-patch|config|shortlog)/.test(
      texts.find((text, index) => !text.startsWith("-") && !/^-[Cc]$/.test(texts[index - 1] ?? "")) ?? "",
    );
  if (name === "perl") return texts.some((text) => /^-\w*[np]/.test(text));
  return name === "jq" || name === "yq" ? mayYieldNothing(words) : filters.test(name);
}

/** A format with a letter or a line end prints that, whatever it is given. */
function mayPrintNothing(format: string): boolean {
  return /^["']?(%(\d*\$)?(\.0)?[sbq])*["']?$/.test(format) || /^"?\$/.test(format);
}

/** They fail only where the file cannot be written, and are done at once. */
export function isPlain({ node, name, words }: Command): boolean {
  if (name === "cat")
    return words.length === 0 && node.parent()?.findAll(["heredoc_redirect", "herestring_redirect"]).length !== 0;
  return /^(echo|printf|pwd|date|whoami|hostname|uname)$/.test(name);
}

/** They list a folder, in which they would see the temp, and would not see the file that a redirect has made before. */
export function listsFolder(statement: SyntaxNode): boolean {
  return statement.findAll(["command"]).some((node) => {
    const command = readCommand(node);
    if (command === null) return false;
    if (command.name === "git") return /^(status|add|stash|clean)$|^ls-files/.test(command.words[0]?.text ?? "");
    return /^(ls|find|tree|du|tar|zip|rsync|compgen|fd|fdfind|stat)$/.test(command.name);
  });
}
