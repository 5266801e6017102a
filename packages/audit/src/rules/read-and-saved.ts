import type { FileFacts, WriteSite } from "../analysis/site.ts";
import type { Family, SyntaxNode } from "../engine/index.ts";
import { ancestor, within } from "../engine/index.ts";
import { region, samePath } from "./paths.ts";

/** What the grammars call names and calls; asking one for another's is an error. */
const kinds = {
  javascript: { names: ["identifier", "shorthand_property_identifier"], calls: ["call_expression"] },
  python: { names: ["identifier"], calls: ["call"] },
  bash: { names: ["variable_name"], calls: ["command"] },
} as const;

export function kindsOf({ grammar }: FileFacts): (typeof kinds)[Family] {
  if (grammar.globals) return kinds.bash;
  return grammar.functionKinds.includes("function_definition") ? kinds.python : kinds.javascript;
}

/** How far a value is followed back from where it is saved to where it was read. */
const maximumSteps = 2;

/** `n=$(cat "$F"); echo $((n + 1)) > "$F"` outside of all functions: what is written is made from what was read. */
export function isMadeFromRead(facts: FileFacts, site: WriteSite, target: SyntaxNode, root: SyntaxNode): boolean {
  const statement = ancestor(site.node, (node) => !node.kind.endsWith("_redirect")) ?? site.node;
  const reads = facts.reads().filter((read) => read.node.start < site.node.start && samePath(facts, read.path, target));
  return reads.some((read) => comesFrom(facts, statement, read.node, root));
}

/** Whether an expression holds `origin`, or a name that was set from it further up. */
function comesFrom(facts: FileFacts, node: SyntaxNode, origin: SyntaxNode, around: SyntaxNode, steps = 0): boolean {
  if (within(origin, node)) return true;
  if (steps >= maximumSteps) return false;
  const names = new Set(node.findAll(kindsOf(facts).names).map((one) => one.text));
  return facts.grammar.assignments(around).some((one) => {
    if (!names.has(one.name) || one.node.start >= node.start || one.node.end < origin.end) return false;
    if (facts.grammar.globals && isAnswer(one.name, one.node.text, around.text)) return false;
    return comesFrom(facts, one.node, origin, around, steps + 1);
  });
}

/** What somebody was asked for is not made from what was offered: `read name`, or what a dialog prints. */
function isAnswer(name: string, assignment: string, script: string): boolean {
  const asked = new RegExp(`\\bread\\b[^\\n;|]*\\s${name}\\b`).test(script);
  return asked || /\b(yad|zenity|kdialog|dialog|whiptail|fzf|gum)\s/.test(assignment);
}

/** A function that reads or replaces one file, and can be called by its name. */
interface Helper {
  readonly name: string;
  readonly owner: SyntaxNode;
  readonly path: SyntaxNode;
}

/** A call that saves what a call above it has loaded, and all the code in which a lock could be. */
export interface LoadAndSave {
  readonly call: SyntaxNode;
  readonly code: readonly SyntaxNode[];
}

/** `const state = load(); ...; save(state)`, where `load` reads and `save` replaces the same file: the calls of `save`. */
export function loadsAndSaves(facts: FileFacts, site: WriteSite, target: SyntaxNode, root: SyntaxNode): LoadAndSave[] {
  const saver = helperAt(facts, site.node, target, root);
  if (saver === null) return [];
  const saves = callsOf(facts, root, saver.name);
  if (saves.length === 0) return [];
  const loaders = facts
    .reads()
    .filter((read) => samePath(facts, read.path, target))
    .map((read) => helperAt(facts, read.node, read.path, root))
    .filter((helper) => helper !== null && helper.name !== saver.name);
  return saves.flatMap((call) => {
    const around = region(facts, call, root);
    if (around === root) return [];
    const loader = loaders.find(
      (one) =>
        one !== null &&
        callsOf(facts, around, one.name).some(
          (load) =>
            load.start < call.end &&
            receiver(facts, load) === receiver(facts, call) &&
            (comesFrom(facts, call.field("arguments") ?? call, load, around) ||
              sharesField(saver, one, around.text.slice(load.end - around.start, call.start - around.start))),
        ),
    );
    return loader ? [{ call, code: [around, saver.owner, loader.owner] }] : [];
  });
}

function helperAt(facts: FileFacts, node: SyntaxNode, path: SyntaxNode, root: SyntaxNode): Helper | null {
  const owner = region(facts, node, root);
  const name = owner === root ? null : facts.grammar.functionName(owner);
  if (name === null) return null;
  return namesIn(facts, root).get(name) === 1 ? { name, owner, path } : null;
}

const counts = new WeakMap<SyntaxNode, ReadonlyMap<string, number>>();

/** How many functions of a file have each name. */
function namesIn(facts: FileFacts, root: SyntaxNode): ReadonlyMap<string, number> {
  const known = counts.get(root);
  if (known !== undefined) return known;
  const found = new Map<string, number>();
  for (const one of root.findAll(facts.grammar.functionKinds)) {
    const name = facts.grammar.functionName(one);
    if (name !== null) found.set(name, (found.get(name) ?? 0) + 1);
  }
  counts.set(root, found);
  return found;
}

const called = new WeakMap<SyntaxNode, ReadonlyMap<string, readonly SyntaxNode[]>>();

/** Calls by the plain name, or of the object's own method. They are found once, as every write of a file asks for them. */
function callsOf(facts: FileFacts, around: SyntaxNode, name: string): readonly SyntaxNode[] {
  const known = called.get(around);
  if (known !== undefined) return known.get(name) ?? [];
  const found = new Map<string, SyntaxNode[]>();
  for (const call of around.findAll(kindsOf(facts).calls)) {
    const callee = call.field("function");
    if (callee === null || receiver(facts, call) === null) continue;
    const own = facts.grammar.lastName(callee);
    const list = found.get(own);
    if (list === undefined) found.set(own, [call]);
    else list.push(call);
  }
  called.set(around, found);
  return found.get(name) ?? [];
}

function receiver(facts: FileFacts, call: SyntaxNode): string | null {
  const callee = call.field("function");
  if (callee === null) return null;
  const before = callee.text.slice(0, callee.text.length - facts.grammar.lastName(callee).length);
  return /^((this|self|cls)\.)?$/.test(before) ? before : null;
}

/** `this.load(); this.items.push(x); this.save()`: one sets a field, the other writes it, and in between it is used. */
function sharesField(saver: Helper, loader: Helper, between: string): boolean {
  const set = [...loader.owner.text.matchAll(/\b(?:this|self)\.(\w+)\s*=(?!=)/g)].map((match) => match[1] ?? "");
  return set.some((field) => {
    const used = new RegExp(`\\b(this|self)\\.${field}\\b`);
    return used.test(saver.owner.text) && used.test(between);
  });
}
