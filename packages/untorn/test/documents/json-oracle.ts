import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { getNodeValue, parseTree } from "jsonc-parser";
import type { Node } from "jsonc-parser";

/**
 * An independent judge of edits, on jsonc-parser's trees. "Outside the edit" means, precisely:
 * 1. the text before and after the root value;
 * 2. the whole text of every value that means the same before and after, at the same name (the last of its name in its
 *    object), or at the same index of an array of the same length, or in an array that only lost or got one run;
 * 3. every kept member's name and the text between name and value;
 * 4. the text between two members that were neighbours and still are;
 * 5. every comment that stands between the members of a container that is still there, in order.
 */
export function checkOutside(before: string, after: string, comments: boolean): void {
  const old = tree(before, comments);
  const fresh = tree(after, comments);
  assert.equal(after.slice(0, fresh.offset), before.slice(0, old.offset), "text before the root");
  assert.equal(after.slice(end(fresh)), before.slice(end(old)), "text after the root");
  compare(old, fresh, before, after);
}

function tree(text: string, comments: boolean): Node {
  const body = text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text;
  const root = parseTree(body, [], { disallowComments: !comments, allowTrailingComma: comments });
  assert.ok(root, "the judge cannot parse the text");
  return root;
}

function end(node: Node): number {
  return node.offset + node.length;
}

function slice(text: string, node: Node): string {
  return text.slice(node.offset, end(node));
}

// jsonc-parser's getNodeValue builds objects without a prototype; both sides are read by it, so they compare.
function same(a: Node, b: Node): boolean {
  return a.type === b.type && isDeepStrictEqual(getNodeValue(a), getNodeValue(b));
}

function compare(old: Node, fresh: Node, before: string, after: string): void {
  if (same(old, fresh)) {
    assert.equal(slice(after, fresh), slice(before, old), "the text of an unchanged value");
    return;
  }
  if (old.type !== fresh.type || old.children === undefined || fresh.children === undefined) return;
  assert.deepEqual(ownComments(after, fresh), ownComments(before, old), "comments between members");
  if (old.type === "object") compareObjects(old.children, fresh.children, before, after);
  else compareArrays(old.children, fresh.children, before, after);
}

function compareObjects(old: readonly Node[], fresh: readonly Node[], before: string, after: string): void {
  const nameOf = (property: Node) => property.children?.[0]?.value as string;
  const freshByName = group(fresh, nameOf);
  const kept: [Node, Node][] = [];
  const oldByName = group(old, nameOf);
  for (const property of old) {
    const mine = oldByName.get(nameOf(property)) ?? [];
    const theirs = freshByName.get(nameOf(property));
    if (theirs === undefined) continue;
    // A member whose name comes twice stays twice: only the last one counts, and only that one may change.
    assert.equal(theirs.length, mine.length, "repeated names stay");
    const counterpart = theirs[mine.indexOf(property)] as Node;
    kept.push([property, counterpart]);
    const [name, value] = property.children as [Node, Node];
    const [freshName, freshValue] = counterpart.children as [Node, Node];
    assert.equal(
      after.slice(freshName.offset, freshValue.offset),
      before.slice(name.offset, value.offset),
      "a member's name and colon",
    );
    if (property === mine.at(-1)) compare(value, freshValue, before, after);
    else assert.equal(slice(after, freshValue), slice(before, value), "a member that a later one of its name hides");
  }
  neighbours(old, fresh, kept, before, after);
}

function compareArrays(old: readonly Node[], fresh: readonly Node[], before: string, after: string): void {
  let front = 0;
  while (front < Math.min(old.length, fresh.length) && same(old[front] as Node, fresh[front] as Node)) front++;
  let back = 0;
  const limit = Math.min(old.length, fresh.length) - front;
  while (back < limit && same(old.at(-1 - back) as Node, fresh.at(-1 - back) as Node)) back++;
  const kept: [Node, Node][] = [];
  for (let i = 0; i < front; i++) kept.push([old[i] as Node, fresh[i] as Node]);
  for (let i = back; i > 0; i--) kept.push([old.at(-i) as Node, fresh.at(-i) as Node]);
  // One element changed in place: what is inside it counts, too.
  if (old.length === fresh.length && front + back === old.length - 1)
    kept.push([old[front] as Node, fresh[front] as Node]);
  for (const [a, b] of kept) compare(a, b, before, after);
  neighbours(old, fresh, kept, before, after);
}

function neighbours(
  old: readonly Node[],
  fresh: readonly Node[],
  kept: readonly [Node, Node][],
  before: string,
  after: string,
): void {
  const counterpart = new Map(kept);
  const placeInFresh = new Map(fresh.map((node, i) => [node, i]));
  for (let i = 0; i + 1 < old.length; i++) {
    const [a, b] = [old[i] as Node, old[i + 1] as Node];
    const [x, y] = [counterpart.get(a), counterpart.get(b)];
    if (x === undefined || y === undefined || (placeInFresh.get(x) ?? 0) + 1 !== placeInFresh.get(y)) continue;
    assert.equal(after.slice(end(x), y.offset), before.slice(end(a), b.offset), "the text between two neighbours");
  }
}

function group(nodes: readonly Node[], nameOf: (node: Node) => string): Map<string, Node[]> {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const list = groups.get(nameOf(node));
    if (list === undefined) groups.set(nameOf(node), [node]);
    else list.push(node);
  }
  return groups;
}

/** The comments between the members of a container. */
function ownComments(text: string, container: Node): string[] {
  let between = "";
  let from = container.offset + 1;
  for (const child of container.children ?? []) {
    between += `${text.slice(from, child.offset)}\n`;
    from = end(child);
  }
  between += text.slice(from, end(container) - 1);
  return between.match(/\/\/[^\r\n]*|\/\*[^]*?\*\//g) ?? [];
}
