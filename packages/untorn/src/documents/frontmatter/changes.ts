import { isDeepStrictEqual } from "node:util";
import { isAlias, isCollection, isMap, isScalar, isSeq } from "yaml";
import type { Document, Node, YAMLMap, YAMLSeq } from "yaml";
import { align } from "../align.ts";
import { Digits } from "../digits.ts";
import type { Splice } from "../splices.ts";
import { itemsOf, membersOf, membersSpan, TooTangled } from "./entries.ts";
import type { Entry, Slot } from "./entries.ts";
import { anchorsIn } from "./kept.ts";
import type { Span } from "./kept.ts";
import { MovedItems } from "./moved-items.ts";
import { Lines } from "./lines.ts";
import type { Data } from "./read.ts";
import type { Renderer } from "./render.ts";

/** Finds the splices that turn YAML text into text with other values. */
export class YamlChanges {
  readonly splices: Splice[] = [];
  /** What members that go may take with them: their comments need not be in the new text. */
  readonly gone: Span[] = [];
  readonly #yaml: string;
  readonly #lines: Lines;
  readonly #document: Document.Parsed;
  readonly #render: Renderer;
  /** What anchored nodes are to mean from now on. */
  readonly #anchored = new Map<string, unknown>();
  /** The collections with an anchor or alias inside. */
  readonly #tangled: ReadonlySet<unknown>;

  constructor(yaml: string, document: Document.Parsed, render: Renderer) {
    this.#yaml = yaml;
    this.#lines = new Lines(yaml);
    this.#document = document;
    this.#render = render;
    this.#tangled = anchorsIn(yaml, document);
  }

  root(node: YAMLMap, fresh: Data): void {
    if (node.flow === true) {
      this.#change(node, fresh, { mark: ":", after: undefined, indent: "", inFlow: true });
      return;
    }
    this.#map(node, fresh, undefined);
  }

  #change(node: Node | null, fresh: unknown, slot: Slot): void {
    const anchor = isAlias(node) ? undefined : node?.anchor;
    if (anchor !== undefined) this.#anchored.set(anchor, fresh);
    if (isAlias(node)) {
      const now = this.#anchored.has(node.source) ? this.#anchored.get(node.source) : node.toJS(this.#document);
      if (!isDeepStrictEqual(now, fresh)) this.#replace(node, fresh, slot);
      return;
    }
    // An equal value may still hold an alias that is going to mean something else.
    if (
      !this.#tangled.has(node) &&
      isDeepStrictEqual(node === null ? null : (node.toJS(this.#document) as unknown), fresh)
    )
      return;
    if (isMap(node) && isRecord(fresh) && node.tag === undefined) this.#map(node, fresh, slot);
    else if (isSeq(node) && Array.isArray(fresh) && node.tag === undefined) this.#seq(node, fresh, slot);
    else this.#replace(node, fresh, slot);
  }

  #map(node: YAMLMap, fresh: Data, slot: Slot | undefined): void {
    const entries = membersOf(node, this.#lines);
    const kept = entries.map((entry) => Object.hasOwn(fresh, entry.name));
    const names = new Set(entries.map((entry) => entry.name));
    const added = Object.keys(fresh).filter((name) => !names.has(name));
    if (slot !== undefined && !kept.includes(true) && (entries.length > 0 || added.length > 0)) {
      if ((entries.length > 0 || node.flow === true) && !(added.length === 0 && this.#lines.hasCommentIn(node))) {
        this.#replace(node, fresh, slot);
        return;
      }
    }
    entries.forEach((entry, i) => {
      if (kept[i] === true) this.#change(entry.node, fresh[entry.name], entry.slot);
    });
    const indent = entries[0]?.slot.indent ?? "";
    if (node.flow === true) {
      const texts = added.map((name) => this.#render.inline({ [name]: fresh[name] }).slice(1, -1));
      this.#flow(entries, kept, [{ at: entries.length, texts }]);
    } else {
      const text = added.map((name) => this.#render.member(name, fresh[name], indent)).join("");
      this.#block(entries, kept, [{ at: entries.length, text }]);
    }
  }

  #seq(node: YAMLSeq, fresh: readonly unknown[], slot: Slot): void {
    const entries = itemsOf(node, this.#lines);
    if (entries.length === 0 || (fresh.length === 0 && !this.#lines.hasCommentIn(node))) {
      this.#replace(node, fresh, slot);
      return;
    }
    const values = node.toJS(this.#document) as unknown[];
    const equal = (i: number, j: number) => isDeepStrictEqual(values[i], fresh[j]);
    const matches = align({ oldLength: entries.length, old: (i) => values[i], fresh, equal, moves: "all" });
    const kept = entries.map(() => false);
    const added: { at: number; items: unknown[] }[] = [];
    let next = 0;
    for (const match of matches) {
      if (match.fresh > next) added.push({ at: match.old, items: fresh.slice(next, match.fresh) });
      next = match.fresh + 1;
      kept[match.old] = true;
      const entry = entries[match.old] as Entry;
      this.#change(entry.node, fresh[match.fresh], entry.slot);
    }
    if (next < fresh.length) added.push({ at: entries.length, items: fresh.slice(next) });
    const gone = entries.map((entry, i) => ({ entry, value: values[i] })).filter((_, i) => kept[i] !== true);
    const moved = new MovedItems(this.#yaml, this.#lines, gone);
    const indent = entries[0]?.slot.indent ?? "";
    const write = (item: unknown): string =>
      moved.text(item) ?? (node.flow === true ? this.#render.inline(item) : this.#render.item(item, indent));
    const texts = added.map(({ at, items }) => ({ at, texts: items.map(write) }));
    if (node.flow === true) this.#flow(entries, kept, texts);
    else {
      const lines = texts.map((each) => ({ at: each.at, text: each.texts.join("") }));
      this.#block(entries, kept, lines);
    }
  }

  /** Whole lines go and come. The comment on a member's own line goes with it; comments on other lines stay. */
  #block(entries: readonly Entry[], kept: readonly boolean[], added: readonly { at: number; text: string }[]): void {
    let from = 0;
    const [first] = entries;
    if (
      first !== undefined &&
      !this.#lines.ownLine(first.start) &&
      (kept[0] !== true || added.some(({ at }) => at === 0))
    ) {
      // The first member stands on its dash's line: what comes after it moves there.
      const next = kept.indexOf(true);
      const target = entries[next];
      if (target === undefined || added.some(({ at }) => at <= next)) throw new TooTangled();
      const before = entries[next - 1] as Entry;
      const line = this.#lines.linesEnd(before.end);
      // A comment above the next member moves to the dash's line.
      this.#put(first.start, this.#lines.hasComment(line, target.start) ? line : target.start, "");
      for (const { start, end } of entries.slice(0, next)) this.gone.push({ start, end: this.#lines.linesEnd(end) });
      from = next;
    }
    entries.forEach((entry, i) => {
      if (i < from || kept[i] === true) return;
      if (!this.#lines.ownLine(entry.start)) throw new TooTangled();
      this.#take(this.#lines.lineStart(entry.start), this.#lines.linesEnd(entry.end));
    });
    for (const { at, text } of added) {
      if (text === "") continue;
      const before = entries[at - 1];
      const place = before === undefined ? this.#lines.lineStart(first?.start ?? 0) : this.#lines.linesEnd(before.end);
      // A last line without line end (only where the closing fence is not ours to see).
      this.#put(place, place, text);
    }
  }

  #flow(entries: readonly Entry[], kept: readonly boolean[], added: readonly { at: number; texts: string[] }[]): void {
    if (!kept.includes(true)) {
      // Nothing stays but comments.
      if (added.some(({ texts }) => texts.length > 0)) throw new TooTangled();
      for (const entry of entries) this.#flowLines(entry);
      return;
    }
    for (let i = 0; i < entries.length; i++) {
      if (kept[i] === true) continue;
      let last = i;
      while (last + 1 < entries.length && kept[last + 1] !== true) last++;
      const after = entries[last + 1];
      const from = after === undefined ? (entries[i - 1] as Entry).end : (entries[i] as Entry).start;
      const to = after === undefined ? (entries[last] as Entry).end : after.start;
      if (!this.#lines.hasComment(from, to)) this.#put(from, to, "");
      else for (const entry of entries.slice(i, last + 1)) this.#flowLines(entry);
      i = last;
    }
    for (const { at, texts } of added) {
      if (texts.length === 0) continue;
      let before = at - 1;
      while (before >= 0 && kept[before] !== true) before--;
      const previous = entries[before];
      if (previous !== undefined) this.#put(previous.end, previous.end, texts.map((text) => `, ${text}`).join(""));
      else {
        const next = entries[kept.indexOf(true)] as Entry;
        this.#put(next.start, next.start, texts.map((text) => `${text}, `).join(""));
      }
    }
  }

  /** A member of a flow collection goes with its lines: its comma and the comment behind it, and nobody else's. */
  #flowLines(entry: Entry): void {
    const rest = /^[ \t]*,?[ \t]*(?:(?<=[ \t])#[^\n]*)?\r?(?:\n|$)/.exec(this.#yaml.slice(entry.end));
    if (rest === null || !this.#lines.ownLine(entry.start)) throw new TooTangled();
    this.#take(this.#lines.lineStart(entry.start), entry.end + rest[0].length);
  }

  /** A whole value becomes another one. */
  #replace(node: Node | null, fresh: unknown, slot: Slot): void {
    const [start, end] = node?.range ?? [0, 0];
    const empty = node === null || (isScalar(node) && start === end);
    if (node !== null && !isAlias(node) && node.tag !== undefined) throw new TooTangled();
    const anchored = node !== null && !isAlias(node) && node.anchor !== undefined;
    const quote = /^["']/.exec(this.#yaml.slice(start, start + 1))?.[0];
    if (isCollection(node)) {
      if (this.#fill(node, fresh, slot)) return;
      this.gone.push(membersSpan(node, this.#lines));
    }
    if (slot.inFlow) {
      if (empty) this.#insertAfterMark(slot, ` ${this.#render.inline(fresh)}`);
      else this.#put(start, end, this.#render.inline(fresh, quote));
      return;
    }
    const simple = !(Array.isArray(fresh) || isRecord(fresh)) || Object.keys(fresh).length === 0;
    const lines = typeof fresh === "string" && fresh.includes("\n") && quote === undefined;
    if (isCollection(node) && node.flow !== true) {
      if (anchored) throw new TooTangled();
      // A block scalar would take in comments that stand on lines between the key and the old value.
      const apart = slot.after !== undefined && this.#lines.linesEnd(slot.after) < this.#lines.lineStart(start);
      const tail = !this.#lines.ownLine(start) && !this.#lines.restOfLineIsEmpty(this.#lines.contentEnd(node, start));
      const inline = tail || (simple && (!lines || apart));
      const text = inline ? ` ${this.#render.inline(fresh)}` : this.#render.after(slot.mark, fresh, slot.indent);
      this.#replaceBlock(node, text, slot);
    } else if (isScalar(node) && /^[|>]/.test(this.#yaml.slice(start, start + 1)) && !quote) {
      const value =
        simple && !lines ? ` ${this.#render.inline(fresh)}` : this.#render.after(slot.mark, fresh, slot.indent);
      // The comment in the header stays on its line.
      const comment = /^[^\s#]*([ \t]+#[^\r\n]*)?/.exec(this.#yaml.slice(start, end))?.[1] ?? "";
      const text = value.replace(/^[^\r\n]*/, (line) => line + comment);
      if (anchored || slot.after === undefined) throw new TooTangled();
      const until = this.#lines.textEnd(start, end);
      const newline = this.#yaml.charAt(until - 1) === "\n" ? this.#lines.newlineAt(until - 1) : "";
      this.#put(slot.after, until, text + newline);
    } else if (
      (simple && !lines) ||
      anchored ||
      isCollection(node) ||
      this.#lines.hasComment(slot.after ?? 0, start) ||
      !this.#lines.restOfLineIsEmpty(empty ? slot.after : end)
    ) {
      if (empty) this.#insertAfterMark(slot, ` ${this.#render.inline(fresh)}`);
      else this.#put(start, end, this.#render.inline(fresh, quote));
    } else {
      if (slot.after === undefined) throw new TooTangled();
      this.#put(slot.after, empty ? slot.after : end, this.#render.after(slot.mark, fresh, slot.indent));
    }
  }

  /** An empty flow collection with a comment in it gets its first members below that. */
  #fill(node: YAMLMap | YAMLSeq, fresh: unknown, slot: Slot): boolean {
    const filled = isMap(node) ? isRecord(fresh) : Array.isArray(fresh) && fresh.length > 0;
    if (!filled || node.items.length > 0 || !this.#lines.hasCommentIn(node)) return false;
    const close = (node.range?.[1] ?? 0) - 1;
    if (!this.#lines.ownLine(close)) throw new TooTangled();
    const line = this.#lines.lineStart(close);
    const text = `${slot.indent}  ${this.#render.inline(fresh).slice(1, -1)}${this.#lines.newlineAt(line - 1)}`;
    this.#put(line, line, text);
    return true;
  }

  /** A block collection is replaced: the line of its key keeps its comment. */
  #replaceBlock(node: Node, text: string, slot: Slot): void {
    const start = node.range?.[0] ?? 0;
    const end = this.#lines.contentEnd(node, start);
    if (slot.after === undefined) throw new TooTangled();
    if (!this.#lines.ownLine(start)) {
      const newline = this.#yaml.charAt(end - 1) === "\n" ? this.#lines.newlineAt(end - 1) : "";
      this.#put(slot.after, end, text + newline);
      return;
    }
    const cut = text.search(/\r?\n/);
    const first = cut === -1 ? text : text.slice(0, cut);
    const rest = cut === -1 ? "" : text.slice(cut).replace(/^\r?\n/, "");
    if (first !== "") this.#insertAfterMark(slot, first);
    const until = this.#lines.linesEnd(end);
    this.#put(this.#lines.lineStart(start), until, rest === "" ? "" : rest + this.#lines.newlineAt(until - 1));
  }

  #insertAfterMark(slot: Slot, text: string): void {
    if (slot.after === undefined) throw new TooTangled();
    this.#put(slot.after, slot.after, text);
  }

  /** Text of a member that goes. */
  #take(start: number, end: number): void {
    this.gone.push({ start, end });
    this.#put(start, end, "");
  }

  #put(start: number, end: number, text: string): void {
    this.splices.push({ start, end, text });
  }
}

function isRecord(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Digits);
}
