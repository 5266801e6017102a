import { enclosingFunctions } from "../analysis/grammar.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor } from "../engine/index.ts";
import { argumentsOf, python, stringValue } from "./grammar.ts";

/** What the code does with the handle that an `open` returns. */
export interface HandleUse {
  /** Something may be written through it. */
  readonly written: boolean;
  /** What is written, where one call says so. */
  readonly data: SyntaxNode | null;
  /** It is locked: other processes lock the same file, which must stay the same file. */
  readonly locked: boolean;
}

/** `flock`, `lockf`, `locking`, `portalocker.lock`, a project's own `lock_file`; not `block` and `clock`. */
const locks = /(?<![bc])lock/i;

const silent = new Set([
  "close",
  "fileno",
  "flush",
  "closed",
  "name",
  "truncate",
  "seek",
  "read",
  "readlines",
  "aclose",
]);

export function handleUse(open: SyntaxNode): HandleUse {
  const holder = open.parent();
  if (holder?.kind === "attribute") {
    const call = holder.parent();
    const method = holder.field("attribute")?.text ?? "";
    const data = call?.kind === "call" ? (argumentsOf(call).positional[0] ?? null) : null;
    return { written: !silent.has(method) && stringValue(data) !== "", data, locked: locks.test(method) };
  }
  const name = handleName(open);
  if (name === null) {
    const bare = holder?.kind === "with_item" || holder?.kind === "expression_statement";
    return { written: !bare, data: null, locked: false };
  }
  // What is printed goes there.
  if (/^sys\.std(out|err)$/.test(name)) return { written: true, data: null, locked: false };
  return usesOf(name, open);
}

/** `self.f` is used in every method, in any order; what else goes by a name is used after the call. */
function usesOf(name: string, open: SyntaxNode): HandleUse {
  const isField = !/^\w+$/.test(name);
  const where = isField ? (ancestor(open, isClass) ?? region(open)) : region(open);
  const pattern = new RegExp(`^${name.replace(/[^\w]/g, "\\$&")}$`);
  const uses = where?.findAll(isField ? ["attribute", "subscript"] : ["identifier"], pattern) ?? [];
  let written = false;
  let data: SyntaxNode | null = null;
  let locked = false;
  let seen = false;
  for (const use of uses) {
    if (isField ? use.start <= open.start && use.end >= open.start : use.start < open.end) continue;
    locked ||= isLocked(use);
    const holder = use.parent();
    const field = isField ? null : fieldSetTo(use);
    if (field !== null) {
      const kept = usesOf(field, open);
      written ||= kept.written;
      data ??= kept.data;
      locked ||= kept.locked;
      continue;
    }
    if (!isAssigned(use)) seen = true;
    if (holder?.kind === "attribute" && holder.field("object")?.start === use.start) {
      const method = holder.field("attribute")?.text ?? "";
      if (silent.has(method)) continue;
      written = true;
      const call = holder.parent();
      if (data === null && call?.kind === "call") data = argumentsOf(call).positional[0] ?? null;
      continue;
    }
    if (holder?.kind === "as_pattern_target" || holder?.kind === "assignment" || holder?.kind === "none") continue;
    const call = holder === null ? null : holder.kind === "argument_list" ? holder.parent() : ancestor(use, isCall);
    const callee = call?.field("function");
    if (callee && /flock|lockf|^lock|fstat|fsync/.test(python.lastName(callee))) continue;
    written = true;
    // `json.dump(state, f)`: the call says what kind of content it is.
    if (data === null && call?.kind === "call") data = call;
  }
  // A field that nothing here looks at is looked at by others.
  return { written: written || (isField && !seen), data, locked };
}

/** `self.f` of `self.f = handle`. */
function fieldSetTo(use: SyntaxNode): string | null {
  const holder = use.parent();
  if (holder?.kind !== "assignment" || holder.field("right")?.start !== use.start) return null;
  const left = holder.field("left");
  return left?.kind === "attribute" || left?.kind === "subscript" ? left.text : null;
}

/** Whether the name is set here, and not used. */
function isAssigned(use: SyntaxNode): boolean {
  const holder = use.parent();
  return holder?.kind === "assignment" && holder.field("left")?.start === use.start;
}

/** `fcntl.flock(f.fileno(), ...)`: some call around a use of the handle, in its statement. */
function isLocked(use: SyntaxNode): boolean {
  for (let node = use.parent(); node !== null && !/_statement$|^block$/.test(node.kind); node = node.parent()) {
    if (node.kind === "call" && locks.test(python.lastName(node.field("function") ?? node))) return true;
  }
  return false;
}

/** The name the handle goes by: `with open(p) as f`, `f = open(p)`, `self.f = open(p)`. */
export function handleName(open: SyntaxNode): string | null {
  let holder = open.parent();
  if (holder?.kind === "await") holder = holder.parent();
  if (holder?.kind === "as_pattern") {
    return holder.children().find((child) => child.kind === "as_pattern_target")?.text ?? null;
  }
  return holder?.kind === "assignment" ? (holder.field("left")?.text ?? null) : null;
}

/** Where the handle is used: the body of its `with`, or the function it was opened in. */
function region(open: SyntaxNode): SyntaxNode | null {
  const block = ancestor(open, (node) => node.kind === "with_statement" || python.functionKinds.includes(node.kind));
  if (block?.kind === "with_statement" && open.start < (block.field("body")?.start ?? 0)) return block;
  return enclosingFunctions(open, python)[0] ?? ancestor(open, (node) => node.kind === "module");
}

function isClass(node: SyntaxNode): boolean {
  return node.kind === "class_definition";
}

function isCall(node: SyntaxNode): boolean {
  return node.kind === "call";
}
