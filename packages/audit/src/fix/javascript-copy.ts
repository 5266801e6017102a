import type { WriteSite } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor } from "../engine/index.ts";
import { stringValue } from "../javascript/bindings.ts";
import { javascript } from "../javascript/grammar.ts";
import type { Edit } from "./change.ts";
import { mayAwait } from "./javascript-context.ts";
import { canImport } from "./javascript-neighbours.ts";

/** Edits that leave the program as it was, or nearly so. */
export interface Planned {
  readonly safe: boolean;
  readonly edits: Edit[];
}

/** Files that somebody wrote by hand, or could have: none has the two gigabytes that Node refuses to read at once. */
const small =
  /(\.(json[5cl]?|ya?ml|toml|ini|cfg|conf|env|md[cx]?|txt|[cm]?[jt]sx?|sh|py|css|html?|plist|pem|key|crt)\b[^/]*|(^|\/)\.\w+)["'`)]*$/i;

/**
 * A copy is a read and a write; the mode of the source goes with it, as with `copyFile`. It is streamed, however large it
 * is, where the call waits for it; Node has nothing of the kind for one that does not.
 */
export function copyEdits(site: WriteSite, from: SyntaxNode, to: SyntaxNode, list: SyntaxNode): Planned | null {
  const callee = site.node.field("function");
  const object = callee?.kind === "member_expression" ? callee.field("object") : null;
  // The source is named twice, so it must be nothing that runs.
  if ((!(stringValue(from) ?? "").length && !/^["'`\w$.]+$/.test(from.text)) || object?.kind === "call_expression")
    return null;
  const sync = site.api.endsWith("Sync");
  if (!sync && !mayAwait(site.node)) return null;
  // Other modules' `open` answers with a number.
  const streamed = site.api === "fs/promises.copyFile";
  const [readName, statName] = sync ? ["readFileSync", "statSync"] : [streamed ? "open" : "readFile", "stat"];
  // A bare `copyFileSync` has no module to ask; its neighbours are imported with it (`neighbours`).
  if (!object && !(callee && canImport(callee, [readName, statName]))) return null;
  const of = object ? `${object.text}.` : "";
  const call = `${of}${readName}(${from.text})`;
  const read = streamed ? `(await ${call}).createReadStream()` : sync ? call : `await ${call}`;
  const stat = `${of}${statName}(${from.text})`;
  const mode = sync ? `${stat}.mode` : `(await ${stat}).mode`;
  const edit = { start: list.start, end: list.end, text: `(${to.text}, ${read}, { mode: ${mode} & 0o777 })` };
  const told = [site.value.text, site.source?.text ?? "", to.text, from.text];
  const safe = (streamed || told.some((text) => small.test(text))) && (sync || failsAlike(site.node));
  return { safe, edits: [edit] };
}

/**
 * Whether nobody can tell that the source is opened before the promise is there: a handler that is chained to it, or a
 * `try` that the promise is returned from.
 */
function failsAlike(call: SyntaxNode): boolean {
  const kind = call.parent()?.kind;
  const stops = (node: SyntaxNode): boolean =>
    node.kind === "try_statement" || javascript.functionKinds.includes(node.kind);
  return (
    kind === "await_expression" || (kind !== "member_expression" && ancestor(call, stops)?.kind !== "try_statement")
  );
}

/** The functions of the same module that a bare copy needs in its new form. */
export function neighbours(callee: SyntaxNode, edits: readonly Edit[]): readonly string[] {
  if (callee.kind !== "identifier" || !callee.text.startsWith("copyFile")) return [];
  const text = edits.map((edit) => edit.text).join("");
  return ["readFileSync", "statSync", "readFile", "open", "stat"].filter((name) =>
    new RegExp(`\\b${name}\\(`).test(text),
  );
}
