import { isDeepStrictEqual } from "node:util";
import { fingerprint } from "../align.ts";
import { Pool } from "../pool.ts";
import type { Entry } from "./entries.ts";
import type { Lines } from "./lines.ts";

/** The items of a list that go. One that comes again in another place of it comes with its text: it only moves. */
export class MovedItems {
  readonly #yaml: string;
  readonly #lines: Lines;
  readonly #pool = new Pool<{ readonly entry: Entry; readonly value: unknown }>();

  constructor(yaml: string, lines: Lines, gone: readonly { readonly entry: Entry; readonly value: unknown }[]) {
    this.#yaml = yaml;
    this.#lines = lines;
    for (const item of gone) this.#pool.add(fingerprint(item.value), item);
  }

  /** The text of an item of a flow list, or the lines of one of a block list; undefined for what is new. */
  text(value: unknown): string | undefined {
    const entry = this.#pool.take(fingerprint(value), (item) => isDeepStrictEqual(item.value, value))?.entry;
    if (entry === undefined) return undefined;
    const { start, end, slot } = entry;
    if (slot.inFlow) return this.#yaml.slice(start, end);
    // On another dash's line the indent is not in front of it.
    if (!this.#lines.ownLine(start)) return undefined;
    return this.#yaml.slice(this.#lines.lineStart(start), this.#lines.linesEnd(end));
  }
}
