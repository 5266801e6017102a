import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import { readCommand, splitWords } from "../bash/commands.ts";
import type { Command } from "../bash/commands.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands, swallowing } from "../engine/index.ts";
import { inBackground, outlivesFailure } from "./bash-failure.ts";
import { isPlain, listsFolder, mayBeEmpty } from "./bash-output.ts";
import { scriptOf } from "./bash-script.ts";
import { asOneWord, ofTheShell, wellKnown } from "./bash-words.ts";
import type { Edit, PlannedFix } from "./change.ts";

/** The command is handed to a helper that replaces the file when the command has succeeded and printed something. */
export function planBash(source: Source, site: WriteSite): PlannedFix | null {
  const { path } = site;
  if (path === null || path.text.includes("\n")) return null;
  const plan = planOf(source, site, path);
  if (plan === null || !plan.safe) return plan;
  const script = scriptOf(source.root);
  const sent = script.sendsFunctions && ancestor(site.node, (one) => one.kind === "function_definition") !== null;
  return script.readsItself || sent || script.isHeld(path) ? { ...plan, safe: false } : plan;
}

function planOf(source: Source, site: WriteSite, path: SyntaxNode): PlannedFix | null {
  if (site.operation === "redirect") return redirectPlan(source, site.node, path);
  if (site.callee === "curl" || site.callee === "wget") return downloadPlan(source, site.node, path);
  return site.callee === "cp" ? copyPlan(source, site.node) : null;
}

function redirectPlan(source: Source, redirect: SyntaxNode, path: SyntaxNode): PlannedFix | null {
  const { root, text } = source;
  const statement = ancestor(redirect, (node) => !node.kind.endsWith("_redirect"));
  if (statement?.kind !== "redirected_statement" || !/^>\|?/.test(redirect.text)) return null;
  const script = scriptOf(root);
  // The helper replaces what is there; a plain `>` may be meant to fail.
  if (script.noclobber && !redirect.text.startsWith(">|")) return null;
  const command = lastCommand(statement.field("body"));
  // A statement that goes on behind the end of a line is not one: the redirect is another command's.
  if (command === null || command.start >= redirect.start || swallowing(statement) !== null) return null;
  const read = readCommand(command);
  const [first] = operands(command);
  const target = asOneWord(text, path);
  // A variable set for one command cannot be handed on.
  if (read === null || target === null || first?.kind !== "command_name") return null;
  if (ofTheShell.test(first.text) || ofTheShell.test(read.name) || setsVariable(read)) return null;
  const others = statement
    .findAll(["file_redirect"])
    .filter((node) => node.start !== redirect.start && node.end <= statement.end);
  const own = others.filter((node) => {
    const holder = ancestor(node, (one) => !one.kind.endsWith("_redirect"));
    return holder?.start === statement.start && holder.end === statement.end;
  });
  // What goes to the file beside the output (`2>&1`) would go past the helper; a second output file is not one file.
  if (own.some((node) => /^2>&1|^&>|^>|^1>/.test(node.text))) return null;
  // Words behind the target are the command's (`jq > FILE .name`), and stay where they are.
  const further = [redirect, ...own].flatMap((node) =>
    operands(node).filter((one) => one.start > (node.field("destination")?.start ?? 0)),
  );
  const may = mayBeEmpty(read, further) ? "-e " : "";
  const edits: Edit[] = [
    { start: command.start, end: command.start, text: `untorn_write ${may}${target} ` },
    { start: gapBefore(text, redirect.start), end: path.end, text: "" },
  ];
  // The helper runs the command in a subshell: what a function of the script sets would be lost.
  const isOwn =
    /[_$]/.test(first.text) || script.names.has(first.text) || (script.foreign && !wellKnown.test(first.text));
  const plain = isPlain(read);
  const noticed = saysByStatus.test(read.name) || listsFolder(statement) || outlivesFailure(root, statement, path);
  // In the background, `$!` would be the subshell: who ends that does not end the command. And nobody sees it at work.
  const after = text.slice(statement.end, statement.end + 100);
  const beside = /^[ \t]*&(?!&)/.test(after) || (!plain && inBackground(root, statement));
  return {
    safe: !isOwn && !beside && (plain || !noticed),
    kind: "staged-redirect",
    edits,
    calls: "untorn_write",
    callee: null,
  };
}

/** They say what they have found by their status: a report of problems is no failure, and has to be kept. */
const saysByStatus =
  /^(diff|sdiff|cmp|[ef]?grep|zgrep|rg|ag|ack|shellcheck|eslint|pylint|flake8|mypy|ruff|pytest|npm|npx|yarn|pnpm|make)$/;

/** `printf -v NAME` prints nothing, and sets what a subshell would lose. */
function setsVariable({ name, words }: Command): boolean {
  return name === "printf" && words.some(({ text }) => text.startsWith("-v"));
}

/** The simple command a redirect belongs to: the last of a list or of a pipeline. */
function lastCommand(body: SyntaxNode | null): SyntaxNode | null {
  if (body === null) return null;
  if (body.kind === "command") return body;
  if (body.kind === "list" || body.kind === "pipeline" || body.kind === "negated_command") {
    return lastCommand(operands(body).at(-1) ?? null);
  }
  return null;
}

/** Blanks, and a line that is continued, in front of a redirect go with it. */
function gapBefore(text: string, start: number): number {
  return start - (/(?:[ \t]+|[ \t]*\\\r?\n[ \t]*)$/.exec(text.slice(Math.max(0, start - 200), start))?.[0].length ?? 0);
}

/** What would go to standard output too, or what needs the file itself: its time, its rest, its name. */
const alsoNeeded =
  /^-([#fgkLsSv]*)[wOJCRzIDcNPr]|^--(write-out|remote|continue|time-cond|head|dump-header|next|create-dirs|timestamping|directory-prefix|recursive|include|xattr|etag)/;

/** `curl -o FILE URL`, `wget -qO FILE URL`: the command writes to standard output, and that goes to the helper. */
function downloadPlan(source: Source, node: SyntaxNode, path: SyntaxNode): PlannedFix | null {
  const command = readCommand(node);
  const [first] = operands(node);
  const target = asOneWord(source.text, path);
  if (command === null || first?.kind !== "command_name" || first.text !== command.name || target === null) return null;
  const at = command.words.findIndex((word) => word.start === path.start);
  const option = command.words[at - 1]?.text ?? "";
  const own = command.name === "curl" ? /^(-[#fgkLsSv]*o|--output)$/ : /^(-[nqvS]*O|--output-document)$/;
  if (!own.test(option)) return null;
  if (command.words.some((word, index) => index !== at - 1 && alsoNeeded.test(word.text))) return null;
  const edits: Edit[] = [
    { start: first.start, end: first.start, text: `untorn_write ${target} ` },
    { start: path.start, end: path.end, text: "-" },
  ];
  const safe = !/^[ \t]*&(?!&)/.test(source.text.slice(node.end, node.end + 100));
  return { safe, kind: "staged-redirect", edits, calls: "untorn_write", callee: null };
}

/** `cp [-fp] SOURCE TARGET`: the helper takes the words as they are. */
function copyPlan(source: Source, node: SyntaxNode): PlannedFix | null {
  const command = readCommand(node);
  const [first] = operands(node);
  if (command === null || first?.kind !== "command_name" || !/^(\\?cp)$/.test(first.text)) return null;
  const { options, rest } = splitWords(command.words, /^$/);
  if ([...options.keys()].some((name) => !/^-[fp]$|^--(force|preserve)$/.test(name))) return null;
  const [from, to, extra] = rest;
  if (from === undefined || to === undefined || extra !== undefined || hasGlob(from)) return null;
  // Options behind the operands, or words that the grammar has cut, are not what the helper would take them for.
  const last = command.words.at(-1);
  if (last?.start !== to.start || command.words.at(-2)?.start !== from.start) return null;
  if (from.text.endsWith("$") || to.text.endsWith("$") || /^[^\s;&|()<>`]/.test(source.text.slice(to.end, to.end + 1)))
    return null;
  return {
    safe: true,
    kind: "replace-call",
    edits: [{ start: first.start, end: first.end, text: "untorn_copy" }],
    calls: "untorn_copy",
    callee: null,
  };
}

/** A pattern may stand for several files, which need a folder as their target. */
function hasGlob(word: SyntaxNode): boolean {
  return /[*?[{]/.test(word.text.replace(/"[^"]*"|'[^']*'|\$\{[^{}]*\}/g, ""));
}
