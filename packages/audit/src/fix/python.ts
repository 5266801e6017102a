import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import { argumentsOf, stringValue } from "../python/grammar.ts";
import type { Edit, PlannedFix } from "./change.ts";
import { asBlock } from "./python-block.ts";
import { bodyVerdict } from "./python-body.ts";
import { archivePlan, handedOverPlan } from "./python-handed.ts";
import { isPath } from "./python-path.ts";
import { hasNeighbours } from "./python-place.ts";

/** As `rewrite`, unsafe where the helper may not be found by the file that is to import it. */
export function planPython(source: Source, site: WriteSite): PlannedFix | null {
  const plan = rewrite(source, site);
  if (plan === null) return null;
  return { ...plan, safe: plan.safe && hasNeighbours(source, site.node), gone: replaced(site) };
}

/** The name of the file that the replaced call began with: `shutil` of `shutil.copy2`, `copy2` alone. */
function replaced({ api, node }: WriteSite): string[] {
  const [name] = /^\w+/.exec(node.field("function")?.text ?? "") ?? [];
  return /^(io|builtins|shutil)\./.test(api) && name !== undefined ? [name] : [];
}

/** The call becomes the helper's: `atomic_open` in the place of `open`, `atomic_write_text(path, ...)` for a method. */
function rewrite(source: Source, site: WriteSite): PlannedFix | null {
  const callee = site.node.field("function");
  const list = site.node.field("arguments");
  if (callee === null || list === null) return null;
  switch (site.api) {
    case "open":
    case "io.open":
    case "builtins.open":
      return judged(site, openPlan(source, site.node, callee));
    case ".open":
      return isWithItem(site.node)
        ? judged(site, methodPlan(source, callee, list, "atomic_open", "atomic-open"))
        : handedOverPlan(source, site.node, callee);
    case ".write_text":
    case ".write_bytes":
      return methodPlan(source, callee, list, `atomic${site.api.replace(".", "_")}`, "replace-call");
    case "shutil.copy":
    case "shutil.copy2":
    case "shutil.copyfile":
      return copyPlan(site, callee, list);
    case "zipfile.ZipFile":
      return judged(site, archivePlan(source, site));
    default:
      return null;
  }
}

/** A plan that opens the file for a while, with what is done meanwhile taken into account. */
function judged(site: WriteSite, plan: PlannedFix | null): PlannedFix | null {
  if (plan?.kind !== "atomic-open") return plan;
  const block = isWithItem(site.node) ? ancestor(site.node, (one) => one.kind === "with_statement")?.end : undefined;
  const verdict = bodyVerdict(site.node, site.path, block ?? Math.max(...plan.edits.map((edit) => edit.end)));
  return verdict === null ? null : { ...plan, safe: plan.safe && verdict === "safe" };
}

/** `shutil.copy(a, b)`; to follow links is what it does anyway. */
function copyPlan(site: WriteSite, callee: SyntaxNode, list: SyntaxNode): PlannedFix | null {
  const [from, to, keyword, extra] = operands(list);
  if (from === undefined || to === undefined || extra !== undefined) return null;
  if (argumentsOf(site.node).positional.length !== 2) return null;
  if (keyword !== undefined && keyword.text.replace(/\s/g, "") !== "follow_symlinks=True") return null;
  const call = named(callee, `atomic_${site.api.slice("shutil.".length)}`);
  const gone = keyword === undefined ? [] : [{ start: to.end, end: keyword.end, text: "" }];
  return { safe: true, kind: "replace-call", ...call, edits: [...call.edits, ...gone] };
}

function named(callee: SyntaxNode, calls: string): Pick<PlannedFix, "edits" | "calls" | "callee"> {
  return { edits: [{ start: callee.start, end: callee.end, text: calls }], calls, callee: null };
}

function openPlan(source: Source, call: SyntaxNode, callee: SyntaxNode): PlannedFix | null {
  const given = argumentsOf(call);
  const mode = given.positional[1] ?? given.keyword("mode");
  // The helper replaces the whole file: only a mode that does so too, and nothing that opens a descriptor.
  if (mode === null || given.keyword("opener") !== null) return null;
  const readable = /^w\+[bt]?$|^w[bt]\+$/.test(stringValue(mode) ?? "") && isWithItem(call) && isOnlyWritten(call);
  if (!readable && !/^w[bt]?$|^[bt]w$/.test(stringValue(mode) ?? "")) return null;
  const block = isWithItem(call) ? named(callee, "atomic_open").edits : asBlock(source.text, call, callee);
  if (block !== null) {
    const edits = [...block, ...renamedKeyword(call)];
    if (readable) edits.push({ start: mode.start, end: mode.end, text: mode.text.replace("+", "") });
    return { safe: true, kind: "atomic-open", edits, calls: "atomic_open", callee: null };
  }
  return writtenAtOnce(call, given.positional, mode) ?? handedOverPlan(source, call, callee);
}

/** Whether a handle that could be read too (`w+`) is only written: by its own methods, or by a `dump`. */
function isOnlyWritten(call: SyntaxNode): boolean {
  const alias = call.parent()?.kind === "as_pattern" ? call.parent()?.field("alias")?.text : undefined;
  const body = ancestor(call, (one) => one.kind === "with_statement")?.field("body");
  if (alias === undefined || !body) return false;
  const uses = body.findAll(["identifier"], new RegExp(`^${alias}$`));
  return uses.every((use) => {
    const holder = use.parent();
    if (holder?.kind === "attribute") return /^(write|writelines|flush)$/.test(holder.field("attribute")?.text ?? "");
    return holder?.kind === "argument_list" && /\bdump$/.test(holder.parent()?.field("function")?.text ?? "");
  });
}

/** What `open` calls `file`, the helper calls `path`. */
function renamedKeyword(call: SyntaxNode): Edit[] {
  const words = operands(call.field("arguments") ?? call).filter((one) => one.kind === "keyword_argument");
  const name = words.map((one) => one.field("name")).find((one) => one?.text === "file");
  return name ? [{ start: name.start, end: name.end, text: "path" }] : [];
}

/** `open(path, "w").write(data)` */
function writtenAtOnce(call: SyntaxNode, positional: readonly SyntaxNode[], mode: SyntaxNode): PlannedFix | null {
  const holder = call.parent();
  const write = holder?.parent();
  const [path] = positional;
  if (holder?.kind !== "attribute" || holder.field("attribute")?.text !== "write" || write?.kind !== "call" || !path)
    return null;
  const [data, extra] = argumentsOf(write).positional;
  if (data === undefined || extra !== undefined || positional.length > 2) return null;
  const keywords = operands(call.field("arguments") ?? call).filter(
    (one) => one.kind === "keyword_argument" && /^(encoding|errors|newline)$/.test(one.field("name")?.text ?? ""),
  );
  const binary = (stringValue(mode) ?? "").includes("b");
  const calls = binary ? "atomic_write_bytes" : "atomic_write_text";
  const words = [path.text, data.text, ...(binary ? [] : keywords.map((one) => one.text))];
  const edits: Edit[] = [{ start: write.start, end: write.end, text: `${calls}(${words.join(", ")})` }];
  return { safe: true, kind: "replace-call", edits, calls, callee: null };
}

/** `path.method(a)` becomes `function(path, a)`. */
function methodPlan(
  source: Source,
  callee: SyntaxNode,
  list: SyntaxNode,
  calls: string,
  kind: string,
): PlannedFix | null {
  const object = callee.field("object");
  // What is awaited is another library's, whose paths these are not.
  if (object === null || callee.parent()?.parent()?.kind === "await") return null;
  const edits: Edit[] = [{ start: callee.start, end: callee.end, text: calls }];
  const [first] = operands(list);
  // In front of the first argument, where its line is, so that a call over several lines keeps its shape.
  if (first === undefined) edits.push({ start: list.start + 1, end: list.start + 1, text: object.text });
  else edits.push({ start: first.start, end: first.start, text: `${object.text}, ` });
  // A class of the project's own may have methods of these names.
  return { safe: isPath(source.root, object), kind, edits, calls, callee: null };
}

/** `with open(...) as f` (not `async with`): the block's end is where the file is put in place. */
function isWithItem(call: SyntaxNode): boolean {
  const holder = call.parent();
  if (holder?.kind === "with_item") return true;
  return holder?.kind === "as_pattern" && holder.parent()?.kind === "with_item";
}
