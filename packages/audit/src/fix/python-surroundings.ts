import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";

/** What the code around an `open` does with the file while it is open, beside writing to the handle. */
export type Surroundings = "plain" | "names the file" | "locks the file";

const locking = /\b(flock|lockf|LOCK_EX|LOCK_SH|locking|portalocker|fasteners|filelock)\b/;

/**
 * While a temp is written there is nothing new under the file's own name: whoever changes its mode there, hands the name to another
 * program, or locks the handle, means that very file.
 */
export function surroundingsOf(call: SyntaxNode, path: SyntaxNode | null): Surroundings {
  const inside = statementsInside(call);
  if (inside.nodes.some((node) => locking.test(node.text))) return "locks the file";
  const { handle } = inside;
  const name = handle === undefined ? null : new RegExp(`^${handle}\\.name$`);
  const isNamed = inside.nodes.some(
    (node) =>
      (name !== null && node.findAll(["attribute"], name).length > 0) ||
      (path !== null && mentions(node, path.text.replace(/^str\((.*)\)$/, "$1"))),
  );
  return isNamed ? "names the file" : "plain";
}

/** The statements that run while the handle is open, and its name. */
function statementsInside(call: SyntaxNode): {
  readonly nodes: readonly SyntaxNode[];
  readonly handle: string | undefined;
} {
  const holder = call.parent();
  const item = holder?.kind === "as_pattern" ? holder.parent() : holder;
  if (item?.kind === "with_item") {
    const body = ancestor(call, (one) => one.kind === "with_statement")?.field("body");
    const handle = holder?.kind === "as_pattern" ? holder.field("alias")?.text : undefined;
    return { nodes: body ? operands(body) : [], handle };
  }
  const statement = holder?.parent();
  const handle = holder?.kind === "assignment" ? holder.field("left")?.text : undefined;
  const block = statement?.parent();
  if (handle === undefined || !statement || !block) return { nodes: [], handle };
  const later = operands(block).filter((one) => one.start > statement.start);
  const end = later.findIndex((one) => one.text === `${handle}.close()`);
  return { nodes: end === -1 ? later : later.slice(0, end), handle };
}

/** Whether a path is used there, but for being shown. */
function mentions(node: SyntaxNode, path: string): boolean {
  if (!/^[\w.]+$/.test(path)) return node.text.includes(path);
  const uses = node.findAll(["identifier", "attribute"]).filter((one) => one.text === path);
  return uses.some((use) => {
    const shown = ancestor(use, (one) => one.kind === "interpolation" || isShowing(one));
    return shown === null || shown.start < node.start;
  });
}

function isShowing(node: SyntaxNode): boolean {
  return (
    node.kind === "call" && /^(print|log\w*|\w*logger(\.\w+)?|console)\b/i.test(node.field("function")?.text ?? "")
  );
}

/** Files that tools load by their path, from wherever they run: the helper beside them is not found. */
const byPath = /(^|\/)(hatch_build|conftest|noxfile|conf|fabfile|dodo|gunicorn\.conf)\.py$|(^|\/)docs?\//;

export function isLoadedByPath(path: string): boolean {
  return byPath.test(path);
}
