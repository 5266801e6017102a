import { Definitions } from "../analysis/definitions.ts";
import { ownerNames } from "../analysis/grammar.ts";
import { isDevicePath, soundsStaged, unknownPath } from "../analysis/path-value.ts";
import type { Fate, FileFacts, Operation, PathValue, RenameSite, WriteSite } from "../analysis/site.ts";
import { Staging } from "../analysis/staging.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import type { Command } from "./commands.ts";
import { readCommand, splitWords } from "./commands.ts";
import { bash } from "./grammar.ts";
import { targetsOf } from "./outputs.ts";
import { BashPaths } from "./paths.ts";
import { bashReads } from "./reads.ts";
import { commandsThroughRunners } from "./runners.ts";
import { hasNoclobber, isRelative, lastBefore, noclobberAfter } from "./surroundings.ts";
import { Traps } from "./traps.ts";

const interesting =
  /^(\\|(\/usr)?(\/local)?\/s?bin\/)?(cp|install|tee|dd|sort|curl|wget|untorn_write|mv|ln|rm|unlink|trap|mkfifo|cd|pushd|popd|set|timeout|sudo|doas|command|env|nohup|nice|time|builtin|busybox|"?\$\{?\w*(sudo|SUDO|Sudo)\w*\}?"?)$/;

/** Redirects of standard output that replace a file. */
const replacing = /^1?(>[^>&]|>\||&>[^>]|>&\s*["$/.a-zA-Z])/;

/** A variable that is called a pipe holds one, whoever has made it. */
const pipeName = /^"?\$\{?(\w*_)?(pipe|fifo)\}?"?$/i;

/** Finds the redirects and commands of a shell script that write, rename or remove files. */
export function bashSites(root: SyntaxNode): FileFacts {
  return new BashFinder(root).find();
}

class BashFinder {
  readonly #root: SyntaxNode;
  readonly #definitions: Definitions;
  readonly #paths: BashPaths;
  #staging: Staging | undefined;
  /** Paths that `mkfifo` has made: what is written to them goes to a reader. */
  #pipes: ReadonlySet<string> = new Set();
  #moves: readonly Command[] = [];
  #noclobber: readonly Command[] = [];
  #traps: Traps | undefined;

  constructor(root: SyntaxNode) {
    this.#root = root;
    this.#definitions = new Definitions(root, bash);
    this.#paths = new BashPaths(this.#definitions);
  }

  find(): FileFacts {
    const named = this.#root
      .findAll(["command_name"], interesting)
      .map((name) => name.parent())
      .map((node) => (node === null ? null : readCommand(node)))
      .filter((command) => command !== null);
    const commands = [...named, ...commandsThroughRunners(this.#root)].sort((a, b) => a.node.start - b.node.start);
    this.#moves = commands.filter((command) => /^(cd|pushd|popd)$/.test(command.name));
    this.#noclobber = commands.filter((command) => noclobberAfter(command) !== null);
    const renames = commands.filter(isRename).map(renameOf);
    const removals = commands
      .filter((command) => /^(rm|unlink|trap)$/.test(command.name))
      .flatMap((command) => removedBy(command).map((path) => ({ node: command.node, path })));
    this.#staging = new Staging(this.#root, this.#definitions, {
      renames,
      removals,
      callsIn,
      isTemporary: (path) => this.#paths.evaluate(path).temporary,
    });
    this.#pipes = new Set(
      commands.filter((command) => command.name === "mkfifo").flatMap(({ words }) => words.map((word) => word.text)),
    );
    this.#traps = new Traps(commands, this.#definitions);
    const shadowed = this.#shadowed();
    const sites = [
      ...this.#root.findAll(["file_redirect"], replacing).map((node) => this.#redirect(node)),
      ...commands.filter((command) => !shadowed.has(command.name)).map((command) => this.#command(command)),
    ];
    const found = sites.filter((site) => site !== null).sort((a, b) => a.node.start - b.node.start);
    return {
      sites: found,
      renames,
      grammar: bash,
      evaluate: (path) => this.#paths.evaluate(path),
      spellings: (path) => this.#staging?.spellings(path) ?? new Set(),
      reads: () => bashReads(this.#root),
    };
  }

  /**
   * After a syntax error the parser may take strings for code and code for strings. A `>` between the quotes of a line
   * that is complete in itself is text.
   */
  #isInString(node: SyntaxNode): boolean {
    const [error] = this.#root.findAll(["ERROR"]);
    if (error === undefined || error.start > node.start) return false;
    const { text } = this.#root;
    const at = node.start - this.#root.start;
    const lineStart = text.lastIndexOf("\n", at - 1) + 1;
    const lineEnd = text.indexOf("\n", at);
    const quotes = (part: string): number => part.replace(/\\.|'[^'"]*'/g, "").split('"').length - 1;
    const whole = quotes(text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd));
    return whole % 2 === 0 && quotes(text.slice(lineStart, at)) % 2 === 1;
  }

  /** Commands that the script has functions of the same name for. */
  #shadowed(): ReadonlySet<string> {
    const own = /^(?:function\s+)?(cp|install|tee|dd|sort|curl|wget)\b/;
    const names = this.#root.findAll(["function_definition"]).map((node) => own.exec(node.text)?.[1] ?? "");
    return new Set(names);
  }

  #redirect(node: SyntaxNode): WriteSite | null {
    const target = node.field("destination");
    // The most common of all redirects is the least interesting one.
    if (target?.text.startsWith("/dev/") === true) return null;
    if (this.#isInString(node)) return null;
    const operator = node.children().find((child) => !child.named)?.text ?? "";
    const descriptor = node.field("descriptor")?.text ?? "1";
    if (!/^(>|>\||&>|>>|&>>|>&)$/.test(operator) || target === null || descriptor !== "1") return null;
    if (target.kind === "process_substitution" || target.kind === "number") return null;
    // `exec {lock}> file` opens a descriptor of its own.
    const at = node.start - this.#root.start;
    if (/\{\w+\}$/.test(this.#root.text.slice(Math.max(0, at - 40), at))) return null;
    if (operator === ">&" && /^(\d+|-|"?\$\{?\w*(fd|FD|stdout|stderr)\w*\}?"?)$/.test(target.text)) return null;
    const statement = ancestor(node, (one) => !one.kind.endsWith("_redirect"));
    const body = statement?.kind === "redirected_statement" ? statement.field("body") : statement;
    const value = this.#paths.evaluate(target);
    const fate = this.#fate(node, target, value, operator.endsWith(">>"), () => isEmptyProducer(body));
    return this.#site(node, operator, "redirect", target, value, fate, {
      data: statement,
      source: copySource(body, this.#paths),
    });
  }

  #command(command: Command): WriteSite | null {
    const found = targetsOf(command);
    if (found === null) return null;
    const { target, append, exclusive, directory, source } = found;
    const value = target === null ? unknownPath : this.#paths.evaluate(target);
    const from = source === null ? null : this.#paths.evaluate(source);
    if (target?.kind === "process_substitution") return null;
    let fate =
      target === null ? "torn" : this.#fate(command.node, target, value, append, () => from?.text === "/dev/null");
    if (fate === "torn" && exclusive) fate = "exclusive";
    if (command.name === "untorn_write") fate = "atomic";
    if (directory) fate = "directory";
    const operation = source === null ? "command" : "copy";
    return this.#site(command.node, command.name, operation, target, value, fate, { data: null, source: from });
  }

  #fate(node: SyntaxNode, target: SyntaxNode, value: PathValue, append: boolean, isEmpty: () => boolean): Fate {
    if (isDevicePath(value.text) || value.text === "-" || this.#pipes.has(target.text) || pipeName.test(target.text))
      return "device";
    if (append) return "append";
    if (value.temporary || this.#isInTemporaryFolder(node, value)) return "temporary";
    // `>|` is there to replace a file all the same.
    const spares = node.kind === "file_redirect" && !/^\d*>\|/.test(node.text);
    if (spares && hasNoclobber(node, this.#noclobber)) return "exclusive";
    if (isEmpty()) return "empty";
    // `local tmp="$1"`: whoever passes a temp path renames it.
    if (value.names.length > 1 && soundsStaged(value.names[0] ?? "") && /^\d$/.test(value.names.at(-1) ?? ""))
      return "staged";
    if (this.#traps?.remove(target) === true) return "transient";
    return this.#staging?.fateOf(node, target) ?? "torn";
  }

  /** `cd "$(mktemp -d)"`: a relative path after it is in there. */
  #isInTemporaryFolder(node: SyntaxNode, value: PathValue): boolean {
    if (this.#moves.length === 0 || !isRelative(value.text)) return false;
    const move = lastBefore(node, this.#moves);
    const [folder] = move?.words.filter((word) => !/^-[LPe@n-]*$/.test(word.text)) ?? [];
    return folder !== undefined && move?.name !== "popd" && this.#paths.evaluate(folder).temporary;
  }

  #site(
    node: SyntaxNode,
    callee: string,
    operation: Operation,
    path: SyntaxNode | null,
    value: PathValue,
    fate: Fate,
    content: { data: SyntaxNode | null; source: PathValue | null },
  ): WriteSite {
    return {
      node,
      callee,
      api: callee,
      operation,
      fate,
      path,
      value,
      ...content,
      owners: ownerNames(node, bash),
      mode: null,
    };
  }
}

/** A symbolic link is one more name for a file, which may be in use by its own: it puts nothing in place. */
function isRename({ name, words }: Command): boolean {
  if (name !== "ln") return name === "mv";
  const { options } = splitWords(words, /^(-t|-S|--target-directory|--suffix)$/);
  return !options.has("-s") && !options.has("--symbolic");
}

function renameOf(command: Command): RenameSite {
  const { rest } = splitWords(command.words, /^(-t|-S|--target-directory|--suffix)$/);
  return { node: command.node, from: rest[0] ?? null, to: rest[1] ?? null };
}

/** What an `rm` takes away, also one that a `trap` runs at the end. */
function removedBy(command: Command): SyntaxNode[] {
  if (command.name !== "trap") return splitWords(command.words, /^$/).rest;
  const [action] = command.words;
  if (action === undefined || !/\brm\b/.test(action.text)) return [];
  return [...action.findAll(["simple_expansion", "expansion"])];
}

/** `: > f`, `> f`, `true > f`, `cat /dev/null > f`, `printf '' > f`: nothing is written. */
function isEmptyProducer(body: SyntaxNode | null | undefined): boolean {
  if (!body || body.kind === "file_redirect") return true;
  // `mkdir -p dir && : > file`: the redirect belongs to the last command of the list.
  if (body.kind === "list") return isEmptyProducer(operands(body).at(-1));
  if (body.kind !== "command") return false;
  const command = readCommand(body);
  const words = command?.words.map((word) => word.text).filter((text) => !/^(""|'')$/.test(text)) ?? [];
  if (command?.name === ":" || command?.name === "true") return true;
  if (command?.name === "cat") return words.length === 1 && words[0] === "/dev/null";
  if (command?.name === "echo") return words.length === 1 && words[0] === "-n";
  return command?.name === "printf" && words.length === 0;
}

/** `cat a > b` is a copy. */
function copySource(body: SyntaxNode | null | undefined, paths: BashPaths): PathValue | null {
  if (body?.kind !== "command") return null;
  const command = readCommand(body);
  const [only, second] = command?.words ?? [];
  return command?.name === "cat" && only !== undefined && second === undefined ? paths.evaluate(only) : null;
}

function callsIn(node: SyntaxNode): { node: SyntaxNode; name: string; given: readonly SyntaxNode[] }[] {
  return node.findAll(["command"]).flatMap((one) => {
    const command = readCommand(one);
    if (command === null || /^(cp|rm|cat|echo|printf|install)$/.test(command.name)) return [];
    return [{ node: one, name: command.name, given: command.words }];
  });
}
