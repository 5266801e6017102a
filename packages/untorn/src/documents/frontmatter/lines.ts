import { isCollection, isPair } from "yaml";
import type { CST, Node, YAMLMap, YAMLSeq } from "yaml";
import { commentsOf } from "./comments.ts";

/** Where lines and values of a YAML text begin and end. */
export class Lines {
  readonly #yaml: string;
  #comments: readonly number[] | undefined;

  constructor(yaml: string) {
    this.#yaml = yaml;
  }

  /** The end of a node's own text. */
  contentEnd(node: Node | null, none: number): number {
    let at: unknown = node;
    let end = none;
    for (;;) {
      if (isPair(at)) {
        const colon =
          at.srcToken !== undefined && "sep" in at.srcToken ? find(at.srcToken.sep, "map-value-ind") : undefined;
        const key = at.key as Node | null;
        end = colon === undefined ? Math.max(end, key?.range?.[1] ?? end) : colon + 1;
        at = at.value;
      } else if (isCollection(at) && at.flow !== true) {
        if (at.srcToken?.type === "block-seq") {
          const dash = find(
            at.srcToken.items.findLast((item) => find(item.start, "seq-item-ind"))?.start,
            "seq-item-ind",
          );
          if (dash !== undefined) end = dash + 1;
        }
        at = at.items.at(-1);
      } else {
        const range = (at as Node | null | undefined)?.range;
        return range == null || range[0] === range[1] ? end : this.textEnd(range[0], range[1]);
      }
    }
  }

  /** A block scalar's range takes in the blank lines after it, which are its own only with `+` in its header. */
  textEnd(start: number, end: number): number {
    const header = /^[|>][^\n]*/.exec(this.#yaml.slice(start, start + 200))?.[0];
    if (header === undefined || this.#yaml.charAt(end - 1) !== "\n" || /^.\d?\+/.test(header)) return end;
    const blank = /(?:\r?\n[ \t]*)+$/.exec(this.#yaml.slice(start, end));
    return blank === null ? end : this.#yaml.indexOf("\n", start + blank.index) + 1;
  }

  lineStart(pos: number): number {
    return this.#yaml.lastIndexOf("\n", pos - 1) + 1;
  }

  /** The place after the line in which content ends; a block scalar ends with its line already. */
  linesEnd(end: number): number {
    if (this.#yaml.charAt(end - 1) === "\n") return end;
    const at = this.#yaml.indexOf("\n", end);
    return at === -1 ? this.#yaml.length : at + 1;
  }

  newlineAt(pos: number): string {
    return this.#yaml.charAt(pos - 1) === "\r" ? "\r\n" : "\n";
  }

  ownLine(pos: number): boolean {
    return this.#yaml.slice(this.lineStart(pos), pos).trim() === "";
  }

  /** Whether a flow collection has a comment in it. */
  hasCommentIn(node: YAMLMap | YAMLSeq): boolean {
    const [start, end] = node.range ?? [0, 0];
    return node.flow === true && this.hasComment(start, end);
  }

  /** Whether a comment begins in a stretch. A `#` may stand in a text, and which one does shows only from the whole YAML. */
  hasComment(start: number, end: number): boolean {
    if (!this.#yaml.slice(start, end).includes("#")) return false;
    this.#comments ??= commentsOf(this.#yaml).map(({ at }) => at);
    return this.#comments.some((at) => start <= at && at < end);
  }

  restOfLineIsEmpty(pos: number | undefined): boolean {
    if (pos === undefined) return false;
    return this.#yaml.slice(pos, this.linesEnd(pos)).trim() === "";
  }
}

/** Where the first token of a kind is. */
export function find(tokens: readonly CST.SourceToken[] | undefined, type: string): number | undefined {
  return tokens?.find((token) => token.type === type)?.offset;
}
