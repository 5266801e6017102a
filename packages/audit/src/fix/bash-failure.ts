import { readCommand } from "../bash/commands.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands, within } from "../engine/index.ts";
import { scriptOf } from "./bash-script.ts";

/** A statement, and what of the file it writes is looked for in the places where its failure is handled. */
interface Place {
  readonly root: SyntaxNode;
  readonly target: string;
  readonly seen: Set<string>;
}

/**
 * Whether the script goes on after a failure of a statement and looks at its status, or at what it has printed until then:
 * a report of problems. Whoever stops, or puts something else in the place of the file, does not.
 */
export function outlivesFailure(root: SyntaxNode, statement: SyntaxNode, target: SyntaxNode): boolean {
  const place = { root, target: bare(target.text), seen: new Set<string>() };
  // `command > file << EOF || handler`: the handler is a part of the here-document for the grammar.
  for (const one of statement.findAll(["heredoc_redirect"])) {
    const parts = one.children();
    const at = parts.findIndex((part) => part.kind === "||");
    if (at !== -1) return !settles(place, parts.slice(at + 1, at + 2));
  }
  return goesOn(place, statement);
}

function goesOn(place: Place, statement: SyntaxNode): boolean {
  // What the statement `! command` says is the opposite.
  let failed = statement.field("body")?.kind !== "negated_command";
  for (let node = statement; ;) {
    const parent = node.parent();
    if (parent === null) return false;
    const all = parent.children();
    const after = all.filter((one) => one.start >= node.end);
    if (parent.kind === "negated_command") failed = !failed;
    else if (parent.kind === "list") {
      const operator = after.find((one) => !one.named)?.kind;
      if (operator === (failed ? "||" : "&&"))
        return !settles(place, [...after.filter((one) => one.named), ...redirectsOf(parent)]);
    } else if (parent.kind === "if_statement" || parent.kind === "elif_clause") {
      const then = all.find((one) => one.kind === "then");
      if (then !== undefined && node.end <= then.start) return !settles(place, branch(parent, then, failed));
      if (followedByStatus(after)) return true;
      if (!isLast(after)) return false;
    } else if (parent.kind === "while_statement" || parent.kind === "until_statement") {
      return all.every((one) => one.kind !== "do_group" || one.start >= node.end);
    } else if (parent.kind === "function_definition") {
      return calledAnyhow(place, parent, (call) => goesOn(place, call));
    } else if (parent.kind !== "redirected_statement") {
      // In the middle of a pipeline nobody sees it; at the end of a group it is the status of the group.
      if (followedByStatus(after)) return true;
      if (!isLast(after) || parent.kind === "program" || parent.kind === "do_group") return false;
    }
    node = parent;
  }
}

/** What runs where the condition of an `if` does not hold, or with `!` where it does. */
function branch(parent: SyntaxNode, then: SyntaxNode, failed: boolean): SyntaxNode[] {
  const others = parent.children().filter((one) => /^(elif|else)_clause$/.test(one.kind));
  const top = parent.kind === "elif_clause" ? (parent.parent()?.children() ?? []) : [];
  const later = top.filter((one) => /^(elif|else)_clause$/.test(one.kind) && one.start >= parent.end);
  if (failed) return [...others, ...later];
  const end = others[0]?.start ?? parent.end;
  return operands(parent).filter((one) => one.start >= then.end && one.end <= end);
}

/** Whether a branch of failure ends the flow or makes the file anew, and reads nothing of what was left. */
function settles(place: Place, nodes: readonly SyntaxNode[]): boolean {
  if (nodes.some((node) => reads(node, place.target))) return false;
  return nodes.some((node) => endsFlow(place, node) || remakes(node, place.target));
}

function endsFlow({ root }: Place, node: SyntaxNode): boolean {
  const names = node.findAll(["command_name"]).map((one) => one.text);
  return names.some(
    (name) => /^(exit|return|break|continue|die|fatal|abort|panic|bail)$/.test(name) || scriptOf(root).exits(name),
  );
}

/** Whether a branch of failure writes over the file. */
function remakes(node: SyntaxNode, target: string): boolean {
  return overwriting(node).some((one) => bare(one.field("destination")?.text ?? "") === target);
}

/** Whether a file is named where it is not written over, and not only spoken of. */
function reads(node: SyntaxNode, target: string): boolean {
  const written = overwriting(node);
  return node
    .findAll(["word", "string", "concatenation", "simple_expansion", "expansion", "raw_string"])
    .filter((one) => names(one.text, target) && !written.some((other) => within(one, other)))
    .some((one) => {
      const command = ancestor(one, (holder) => holder.kind === "command");
      return command === null || !speaking.test(readCommand(command)?.name ?? "");
    });
}

const speaking = /^(echo|printf|exit|return|die|fatal|abort|panic|bail|warn|error|info|\w*log\w*|print_\w+)$/i;

/** `a || b > file` is a list with a redirect for the grammar, which belongs to its last command. */
function redirectsOf(list: SyntaxNode): SyntaxNode[] {
  const parent = list.parent();
  return parent?.kind === "redirected_statement" ? operands(parent).filter((one) => one.start >= list.end) : [];
}

function overwriting(node: SyntaxNode): readonly SyntaxNode[] {
  return node.findAll(["file_redirect"], /^1?>[^>&]/);
}

/** Whether the next command asks for the status; those behind it would be told of that one's. */
function followedByStatus(after: readonly SyntaxNode[]): boolean {
  let next = after.find((one) => one.named && one.kind !== "comment");
  while (next !== undefined && /^(list|pipeline|redirected_|negated_|if_|case_|compound_|subshell)/.test(next.kind)) {
    next = operands(next)[0];
  }
  return next !== undefined && /\$\{?(\?|PIPESTATUS)/.test(next.text);
}

function isLast(after: readonly SyntaxNode[]): boolean {
  return after.every((one) => !one.named || /^(comment|elif_clause|else_clause|case_item)$/.test(one.kind));
}

/** Whether one of the calls of a function, as far as the script shows them, is of a kind. */
function calledAnyhow(place: Place, definition: SyntaxNode, accepts: (call: SyntaxNode) => boolean): boolean {
  const name = definition.field("name")?.text ?? "";
  if (place.seen.has(name)) return false;
  place.seen.add(name);
  return scriptOf(place.root)
    .calls(name)
    .some((one) => {
      const call = one.parent();
      return call !== null && accepts(call);
    });
}

/** Whether a statement, or what holds it, or a call of the function that it is in, runs beside the script. */
export function inBackground(root: SyntaxNode, statement: SyntaxNode): boolean {
  return runsBeside({ root, target: "", seen: new Set() }, statement);
}

function runsBeside(place: Place, statement: SyntaxNode): boolean {
  for (let node = statement; ;) {
    const parent = node.parent();
    if (parent === null) return false;
    const next = parent.children().find((one) => one.start >= node.end && one.kind !== "comment");
    if (next?.kind === "&" || parent.kind === "process_substitution") return true;
    if (node.kind === "function_definition" && calledAnyhow(place, node, (call) => runsBeside(place, call)))
      return true;
    node = parent;
  }
}

/** Whether a word holds a path, and not only the beginning of another name. */
function names(word: string, target: string): boolean {
  const text = bare(word);
  const at = text.indexOf(target);
  return at !== -1 && !/\w/.test(text.charAt(at - 1) + text.charAt(at + target.length));
}

function bare(text: string): string {
  return text.replace(/["'{}]/g, "");
}
