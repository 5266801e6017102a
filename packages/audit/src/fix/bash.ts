import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import { readCommand, splitWords } from "../bash/commands.ts";
import type { Command } from "../bash/commands.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import { asOneWord, ofTheShell, wellKnown } from "./bash-words.ts";
import type { Edit, PlannedFix } from "./change.ts";

/** The command is handed to a helper that replaces the file when the command has succeeded and printed something. */
export function planBash(source: Source, site: WriteSite): PlannedFix | null {
  if (site.path === null || site.path.text.includes("\n")) return null;
  if (site.operation === "redirect") return redirectPlan(source, site.node, site.path);
  if (site.callee === "curl" || site.callee === "wget") return downloadPlan(source, site.node, site.path);
  return site.callee === "cp" ? copyPlan(site.node) : null;
}

function redirectPlan(source: Source, redirect: SyntaxNode, path: SyntaxNode): PlannedFix | null {
  const statement = ancestor(redirect, (node) => !node.kind.endsWith("_redirect"));
  if (statement?.kind !== "redirected_statement" || !/^>\|?/.test(redirect.text)) return null;
  const command = lastCommand(statement.field("body"));
  if (command === null || command.start >= redirect.start) return null;
  const read = readCommand(command);
  const [first] = operands(command);
  const target = asOneWord(path);
  // A variable set for one command cannot be handed on.
  if (read === null || target === null || first?.kind !== "command_name") return null;
  if (ofTheShell.test(first.text) || ofTheShell.test(read.name)) return null;
  const others = statement
    .findAll(["file_redirect"])
    .filter((node) => node.start !== redirect.start && node.end <= statement.end);
  const own = others.filter(
    (node) => ancestor(node, (one) => !one.kind.endsWith("_redirect"))?.start === statement.start,
  );
  // What goes to the file beside the output (`2>&1`) would go past the helper; a second output file is not one file.
  if (own.some((node) => /^2>&1|^&>|^>|^1>/.test(node.text))) return null;
  const may = mayBeEmpty(read) ? "-e " : "";
  const edits: Edit[] = [
    { start: command.start, end: command.start, text: `untorn_write ${may}${target} ` },
    { start: gapBefore(source.text, redirect.start), end: redirect.end, text: "" },
  ];
  // The helper runs the command in a subshell: what a function of the script sets would be lost.
  const { names, foreign } = functionsOf(source.root);
  const isOwn = /[_$]/.test(first.text) || names.has(first.text) || (foreign && !wellKnown.test(first.text));
  // In the background, `$!` would be the subshell: who ends that does not end the command.
  const after = source.text.slice(statement.end, statement.end + 100);
  const safe = !isOwn && !saysByStatus.test(read.name) && !mayFail.test(after) && !/^[ \t]*&(?!&)/.test(after);
  return { safe, kind: "staged-redirect", edits, calls: "untorn_write", callee: null };
}

/** They say what they have found by their status: a report of problems is no failure, and has to be kept. */
const saysByStatus =
  /^(diff|sdiff|cmp|[ef]?grep|zgrep|rg|ag|ack|shellcheck|eslint|pylint|flake8|mypy|ruff|pytest|npm|npx|yarn|pnpm|make)$/;

/** Whoever goes on after a failure takes what the command has printed until then. */
const mayFail = /^[ \t]*\|\|[ \t]*(true|:)(?![\w-])/;

/** They print what they are given, and that may be nothing. */
function mayBeEmpty({ name, words }: Command): boolean {
  // At the end of a pipeline an empty input may be another command's failure.
  if (name === "cat") return words.some(({ text }) => !text.startsWith("-"));
  if (name === "echo") return words.some((word) => /^-\w*n/.test(word.text));
  // A format that has a letter, or a line end, prints it whatever it is given.
  return name === "printf" && /^["']?(%(\d*\$)?[sbq])*["']?$/.test(words.find(({ text }) => text !== "--")?.text ?? "");
}

interface Functions {
  readonly names: ReadonlySet<string>;
  /** The script reads others, which may bring more. */
  readonly foreign: boolean;
}

const functions = new WeakMap<SyntaxNode, Functions>();

function functionsOf(root: SyntaxNode): Functions {
  const known = functions.get(root);
  if (known !== undefined) return known;
  const names = new Set(root.findAll(["function_definition"]).map((one) => one.field("name")?.text ?? ""));
  const made = { names, foreign: root.findAll(["command_name"], /^(source|\.)$/).length > 0 };
  functions.set(root, made);
  return made;
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
  const target = asOneWord(path);
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

/** `cp [-fpv] SOURCE TARGET` */
function copyPlan(node: SyntaxNode): PlannedFix | null {
  const command = readCommand(node);
  const [first] = operands(node);
  if (command === null || first?.kind !== "command_name" || !/^(\\?cp)$/.test(first.text)) return null;
  const { options, rest } = splitWords(command.words, /^$/);
  if ([...options.keys()].some((name) => !/^-[fp]$|^--(force|preserve)$/.test(name))) return null;
  const [from, to, extra] = rest;
  if (from === undefined || to === undefined || extra !== undefined || hasGlob(from)) return null;
  const keep = options.has("-p") || options.has("--preserve") ? "-p " : "";
  const end = command.words.at(-1)?.end ?? to.end;
  const text = `untorn_copy ${keep}${from.text} ${to.text}`;
  return {
    safe: true,
    kind: "replace-call",
    edits: [{ start: first.start, end, text }],
    calls: "untorn_copy",
    callee: null,
  };
}

/** A pattern may stand for several files, which need a folder as their target. */
function hasGlob(word: SyntaxNode): boolean {
  return /[*?[{]/.test(word.text.replace(/"[^"]*"|'[^']*'|\$\{[^{}]*\}/g, ""));
}
