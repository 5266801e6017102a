import { isAlias, isMap, isPair, isScalar } from "yaml";
import type { CST, Node, Pair, YAMLMap, YAMLSeq } from "yaml";
import type { Span } from "./kept.ts";
import { find } from "./lines.ts";
import type { Lines } from "./lines.ts";
import { keyName } from "./read.ts";

/** Thrown when a change cannot be made without touching what is around it; the member is then written anew. */
export class TooTangled extends Error {}

/** Where a node stands: after a key's colon or an item's dash (undefined: at the root, or a key without a colon). */
export interface Slot {
  readonly mark: ":" | "-";
  /** The place after the colon or dash. */
  readonly after: number | undefined;
  /** The indent of the key or dash. */
  readonly indent: string;
  readonly inFlow: boolean;
}

/** One member or item of a collection. */
export interface Entry {
  readonly name: string;
  readonly node: Node | null;
  readonly start: number;
  /** After the content: no comment, no line end, except of a block scalar. */
  readonly end: number;
  readonly slot: Slot;
}

/** The members of a mapping. */
export function membersOf(node: YAMLMap, lines: Lines): Entry[] {
  return node.items.map((pair: Pair): Entry => {
    const key = pair.key;
    const token = pair.srcToken;
    if (!isScalar(key) || key.range == null || token === undefined) throw new TooTangled();
    const value = pair.value as Node | null;
    const explicit = token.start.some((part) => part.type === "explicit-key-ind");
    const colon = "sep" in token ? find(token.sep, "map-value-ind") : undefined;
    const start = Math.min(key.range[0], ...token.start.filter(isProperty).map((part) => part.offset));
    const after = colon === undefined || explicit ? undefined : colon + 1;
    const end = lines.contentEnd(value, after ?? key.range[1]);
    const indent = " ".repeat(start - lines.lineStart(start));
    const begin = explicit ? (find(token.start, "explicit-key-ind") ?? start) : start;
    const name = keyName(key);
    return { name, node: value, start: begin, end, slot: { mark: ":", after, indent, inFlow: node.flow === true } };
  });
}

/** The items of a list. */
export function itemsOf(node: YAMLSeq, lines: Lines): Entry[] {
  const token = node.srcToken;
  if (token?.type !== "block-seq" && token?.type !== "flow-collection") throw new TooTangled();
  const dashes = token.items.map((item) => find(item.start, "seq-item-ind")).filter((at) => at !== undefined);
  return node.items.map((item, i): Entry => {
    if (isPair(item)) throw new TooTangled();
    const value = item as Node | null;
    if (node.flow === true) {
      if (value?.range == null || (!isAlias(value) && (value.anchor ?? value.tag) !== undefined))
        throw new TooTangled();
      const [start, end] = value.range;
      const slot = { mark: "-", after: undefined, indent: "", inFlow: true } as const;
      return { name: "", node: value, start, end, slot };
    }
    const dash = dashes[i];
    if (dash === undefined) throw new TooTangled();
    const indent = " ".repeat(dash - lines.lineStart(dash));
    const slot = { mark: "-", after: dash + 1, indent, inFlow: false } as const;
    return { name: "", node: value, start: dash, end: lines.contentEnd(value, dash + 1), slot };
  });
}

/** From the first member of a collection to the last one, with the comments that go when the collection is replaced. */
export function membersSpan(node: YAMLMap | YAMLSeq, lines: Lines): Span {
  const entries = isMap(node) ? membersOf(node, lines) : itemsOf(node, lines);
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return { start: 0, end: 0 };
  const end = lines.linesEnd(last.end);
  return { start: first.start, end: node.flow === true ? Math.min(end, node.range?.[1] ?? end) : end };
}

function isProperty(token: CST.SourceToken): boolean {
  return token.type === "anchor" || token.type === "tag";
}
