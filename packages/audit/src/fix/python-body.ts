import type { SyntaxNode } from "../engine/index.ts";
import { ancestor } from "../engine/index.ts";
import { python } from "../python/grammar.ts";
import { handleName, handleUse } from "../python/handles.ts";

/** Calls that only tell of a path, and those that make another name of it. */
const telling = /^(print|(\w+\.)?dump|(\w+\.)*_?log(ger|ging)?\.\w+)$/i;
const naming =
  /^(repr|str|len|format|(\w+\.)?dumps|(os\.)?fspath|(os\.path\.)?(basename|dirname|splitext|abspath|relpath))$/;
const pureMethod = /^(as_posix|format)$/;
const ofWords = /^(name|stem|suffix|suffixes|startswith|endswith|is_absolute)$/;
const error = /(Error|Exception|Exit|Warning)$/;
/** What asks about an open file by its descriptor means the new file just as well. */
const ofDescriptor = /^(os\.)?(fsync|fdatasync|fstat|fchmod|fchown|ftruncate|posix_fallocate|isatty)$/;

/**
 * What becomes of a fix of `open`, by what is done before the file is closed, up to `end`: null where the handle is locked,
 * since each process would lock a temp of its own; unsafe where the file is looked at by its name, which the new content
 * does not have yet, or where the handle is asked what it is called.
 */
export function bodyVerdict(call: SyntaxNode, path: SyntaxNode | null, end: number): "safe" | "unsafe" | null {
  if (handleUse(call).locked) return null;
  const owner = ancestor(call, (one) => python.functionKinds.includes(one.kind) || one.kind === "module");
  if (owner === null) return "safe";
  const name = handleName(call);
  if (name !== null && owner.findAll(["attribute"]).some((one) => one.start >= call.end && isNamed(one, name)))
    return "unsafe";
  return path !== null && isMentioned(owner, path, name, call.end, end) ? "unsafe" : "safe";
}

/** `f.name`, or `f.fileno()` for something else than a call about the open file. */
function isNamed(attribute: SyntaxNode, handle: string): boolean {
  if (attribute.field("object")?.text !== handle) return false;
  const name = attribute.field("attribute")?.text ?? "";
  if (name === "name") return true;
  if (name !== "fileno") return false;
  const around = ancestor(
    attribute.parent() ?? attribute,
    (one) => one.kind === "call" || one.kind.endsWith("_statement"),
  );
  return !ofDescriptor.test(around?.field("function")?.text ?? "");
}

function isMentioned(owner: SyntaxNode, path: SyntaxNode, handle: string | null, from: number, to: number): boolean {
  const wanted = python.unwrap(path);
  const text = flat(wanted);
  return owner
    .findAll([wanted.kind])
    .some((one) => one.start >= from && one.end <= to && flat(one) === text && !isOnlyTold(one, handle));
}

function flat(node: SyntaxNode): string {
  return node.text.replace(/\s+/g, "");
}

/** A mention in a message, in the content, or in a result, which is used when the file is closed. */
function isOnlyTold(mention: SyntaxNode, handle: string | null): boolean {
  let inner = mention;
  for (let node = mention.parent(); node !== null; inner = node, node = node.parent()) {
    if (node.kind === "keyword_argument" && node.field("name")?.start === inner.start) return true;
    if (node.kind === "attribute" && node.field("attribute")?.start === inner.start) return true;
    if (node.kind === "attribute" && ofWords.test(python.lastName(node))) return true;
    if (node.kind === "comparison_operator" || node.kind === "return_statement" || node.kind === "raise_statement")
      return true;
    if (/_statement$|^block$|^with_item$/.test(node.kind)) return false;
    if (node.kind !== "call") continue;
    const callee = node.field("function");
    const words = callee?.text ?? "";
    if (callee?.kind === "attribute" && pureMethod.test(python.lastName(callee))) continue;
    if (handle !== null && (words === `${handle}.write` || words === `${handle}.writelines`)) return true;
    if (error.test(words) || telling.test(words)) return true;
    if (!naming.test(words)) return false;
  }
  return false;
}
