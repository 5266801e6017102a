import { isDeepStrictEqual } from "node:util";
import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, visit } from "yaml";
import type { Document, Node } from "yaml";
import { align } from "../align.ts";
import { commentsOf } from "./comments.ts";
import { keyName } from "./read.ts";
import type { Data, Read } from "./read.ts";

/** A stretch of the YAML, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The collections that have an anchor or an alias somewhere inside, or are anchored and not empty. */
export function anchorsIn(yaml: string, document: Document.Parsed): Set<unknown> {
  const found = new Set<unknown>();
  // Most text that has these characters has them in words: `R&D`, `src/**`.
  if (!/[&*]/.test(yaml)) return found;
  visit(document, {
    Node(_, node, path) {
      if (!isAlias(node) && node.anchor === undefined) return;
      if (isCollection(node) && node.items.length > 0) found.add(node);
      for (let i = path.length - 1; i >= 0 && !found.has(path[i]); i--) found.add(path[i]);
    },
  });
  return found;
}

/** Whether the new text has every comment of the old one, but for those of what is gone. */
export function keepsComments(before: string, after: string, gone: readonly Span[]): boolean {
  const left = new Map<string, number>();
  for (const { text } of commentsOf(after)) left.set(text, (left.get(text) ?? 0) + 1);
  for (const { text, at } of commentsOf(before)) {
    const more = left.get(text) ?? 0;
    if (more > 0) left.set(text, more - 1);
    else if (!gone.some(({ start, end }) => start <= at && at < end)) return false;
  }
  return true;
}

/** Whether every value that stays is written as it was, but for its indent. */
export function keepsForms(before: Read, after: Read): boolean {
  return formStays(before, before.root, before.exact, after, after.root, after.exact);
}

function formStays(a: Read, one: unknown, was: unknown, b: Read, other: unknown, is: unknown): boolean {
  if (isDeepStrictEqual(was, is)) return textOf(a.yaml, one) === textOf(b.yaml, other);
  if (isCollection(one) && isCollection(other) && propertiesOf(one) !== propertiesOf(other)) return false;
  if (isMap(one) && isMap(other)) {
    const now = new Map(other.items.map((pair) => [textOrName(b.yaml, pair.key), pair]));
    return one.items.every(({ key, value }) => {
      const pair = now.get(textOrName(a.yaml, key));
      // A key that is no scalar has no name to tell whether it went on purpose.
      if (!isScalar(key) || pair === undefined) return isScalar(key) || pair !== undefined;
      const name = keyName(key);
      if (textOf(a.yaml, key) !== textOf(b.yaml, pair.key)) return false;
      return formStays(a, value, (was as Data)[name], b, pair.value, (is as Data)[name]);
    });
  }
  if (isSeq(one) && isSeq(other)) {
    const [old, fresh] = [was, is] as [unknown[], unknown[]];
    const equal = (i: number, j: number): boolean => isDeepStrictEqual(old[i], fresh[j]);
    return align({ oldLength: old.length, old: (i) => old[i], fresh, equal }).every((match) =>
      formStays(a, one.items[match.old], old[match.old], b, other.items[match.fresh], fresh[match.fresh]),
    );
  }
  return true;
}

function textOrName(yaml: string, key: unknown): string {
  return isScalar(key) ? `name ${keyName(key)}` : textOf(yaml, key);
}

/** A node's text without the indent of its lines. */
function textOf(yaml: string, node: unknown): string {
  const [start, end] = (isNode(node) ? (node as Node).range : undefined) ?? [0, 0];
  const text = yaml.slice(start, end).replace(/\s*\n\s*/g, "\n");
  return propertiesOf(node) + text.trim();
}

/** Its anchor and tag, which are not in its range. */
function propertiesOf(node: unknown): string {
  if (!isNode(node) || isAlias(node)) return "";
  const { anchor = "", tag = "" } = node as Node & { anchor?: string };
  return `${anchor} ${tag} `;
}
