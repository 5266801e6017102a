import {
  checkOptions,
  closeUnused,
  contentOf,
  decode,
  encodeExactly,
  inDirectory,
  optionNames,
  readIfAny,
  toSource,
  within,
} from "../atomic/index.ts";
import type { Data, FileContent } from "../atomic/index.ts";
import { formatJson, openJson } from "../documents/json/index.ts";
import { workFolder } from "../lock/index.ts";
import { invalidArgument, UntornError } from "../platform/index.ts";
import type { Clock, ErrorCode, Phase } from "../platform/index.ts";
import { call, pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { expect, expectedBy } from "./conditions.ts";
import type { Expected } from "./conditions.ts";
import { Overlay } from "./overlay.ts";
import { refuseLink, refuseUnmovable } from "./not-moved.ts";
import { insidePath, placeIn } from "./places.ts";
import type { Root } from "./places.ts";
import { wholeOf } from "./whole-data.ts";
import type { TransactionWriteOptions } from "./write-options.ts";

/** Calls that edit one file side by side run again as often as there are others; one whose function edits the file itself, for ever. */
const changeLimit = 1000;

/** What a transaction does while its function runs: everything goes to the overlay, nothing to the files. */
export class Session {
  readonly root: Root;
  readonly overlay = new Overlay();
  /** What was read from disk last: whoever asks whether a file is there reads it next, and changes it then. */
  #last: { readonly inside: string; readonly content: FileContent } | undefined;
  /** Whether a condition is looked at as soon as it is stated, because an earlier attempt was in vain. */
  readonly #again: boolean;
  readonly #clock: Pick<Clock, "now">;
  #open = true;

  constructor(root: Root, clock: Pick<Clock, "now">, again: boolean) {
    this.root = root;
    this.#clock = clock;
    this.#again = again;
  }

  /** After its function has ended, a transaction takes nothing more. */
  close(): void {
    this.#open = false;
    this.#last = undefined;
  }

  *read(path: string): Protocol<FileContent> {
    const inside = this.#inside(path);
    const content = yield* this.#current(inside);
    // A copy: the caller may change it.
    if (content !== undefined) return { ...content, data: Buffer.from(content.data) };
    throw this.#refusal("UNTORN_NOT_FOUND", "read", inside, "tx.exists tells without an error.");
  }

  *readText(path: string): Protocol<FileContent<string>> {
    const content = yield* this.read(path);
    return { ...content, data: decode(content.data, content.path) };
  }

  *exists(path: string): Protocol<boolean> {
    return (yield* this.peek(path)) !== undefined;
  }

  /** As `read`; `undefined` where there is no file. */
  peek(path: string): Protocol<FileContent | undefined> {
    return this.#current(this.#inside(path));
  }

  /** Returns the etag that the file will have. */
  *write(path: string, data: Data, options: TransactionWriteOptions = {}): Protocol<string> {
    let inside: string;
    let expected: Expected | undefined;
    try {
      inside = this.#inside(path);
      expected = expectedBy(this.#show(inside), options);
    } catch (error) {
      closeUnused(data, path);
      throw error;
    }
    const shown = this.#show(inside);
    const { mode, generations, copy = true } = options;
    const pieces = yield* wholeOf(toSource(data, options.encoding ?? "utf8", shown), shown);
    if (expected !== undefined)
      yield* expect(this.overlay, { inside, shown }, expected, this.#again, () => this.#current(inside));
    const [only] = pieces;
    const bytes = copy || only === undefined || pieces.length > 1 ? Buffer.concat(pieces) : only;
    return this.overlay.put(inside, bytes, mode, undefined, generations);
  }

  /** As `write`, of bytes that nobody changes any more, so without a copy. Returns their etag. */
  put(path: string, bytes: Uint8Array): string {
    return this.overlay.put(this.#inside(path), bytes);
  }

  *edit(path: string, edit: (text: string | undefined) => string | Promise<string>): Protocol<void> {
    const inside = this.#inside(path);
    const shown = this.#show(inside);
    if (typeof edit !== "function") throw invalidArgument(shown, "tx.edit takes a function");
    yield* this.#change(inside, function* (before) {
      const text = before === undefined ? undefined : decode(before.data, before.path);
      const after: unknown = yield* pull(() => edit(text), shown);
      if (typeof after !== "string") throw invalidArgument(shown, "the edit returned something that is not text");
      return after;
    });
  }

  *json(
    path: string,
    change: (value: unknown) => unknown,
    options: { readonly comments?: boolean } = {},
  ): Protocol<void> {
    const inside = this.#inside(path);
    const shown = this.#show(inside);
    checkOptions(shown, options, optionNames.json);
    if (typeof change !== "function") throw invalidArgument(shown, "tx.json takes a function");
    const comments = options.comments ?? /\.(?:jsonc|code-workspace)$/i.test(inside);
    yield* this.#change(inside, function* (before) {
      const document = before && openJson(before.data, { path: before.path, comments });
      const after = yield* pull(() => change(document?.value), shown);
      if (after === undefined)
        throw invalidArgument(shown, "the function returned undefined; return the value to keep it");
      return document === undefined ? formatJson(after, { path: shown }) : document.edit(after);
    });
  }

  /** Makes new text of what is there; again, if another call of the transaction has changed that meanwhile. */
  *#change(inside: string, make: (before: FileContent | undefined) => Protocol<string>): Protocol<void> {
    for (let attempt = 1; attempt <= changeLimit; attempt += 1) {
      const wish = this.overlay.wishes.get(inside);
      const text = yield* make(yield* this.#current(inside));
      if (this.overlay.wishes.get(inside) !== wish) continue;
      this.overlay.put(inside, encodeExactly(text, "utf8", this.#show(inside)));
      return;
    }
    throw invalidArgument(
      this.#show(inside),
      "it is changed again and again while it is edited; an edit must not change its own file",
    );
  }

  *remove(path: string): Protocol<void> {
    const inside = this.#inside(path);
    yield* this.#onDisk(inside, refuseLink(this.root, this.overlay, inside));
    if ((yield* this.#current(inside)) === undefined) throw this.#refusal("UNTORN_NOT_FOUND", "read", inside);
    this.overlay.remove(inside);
  }

  /**
   * A file or a directory gets another name; there must be nothing of that name yet. A directory is moved file by file: of
   * a directory that moves between two others, a power cut may leave neither name (POSIX ties no two directories together).
   */
  *rename(from: string, to: string): Protocol<void> {
    const source = this.#inside(from);
    const target = this.#inside(to);
    yield* this.#onDisk(source, refuseLink(this.root, this.overlay, source));
    if (target === source || target.startsWith(`${source}/`))
      throw invalidArgument(target, "it cannot be moved into itself");
    if ((yield* this.#kind(target)) !== undefined)
      throw this.#refusal("UNTORN_EXISTS", "resolve", target, "Remove it first, in the same transaction.");
    if ((yield* this.#kind(source)) === "directory") yield* this.#renameDirectory(source, target);
    else yield* this.#renameFile(source, target);
  }

  *mkdir(path: string): Protocol<void> {
    const inside = this.#inside(path);
    const kind = yield* this.#kind(inside);
    if (kind === "file") throw this.#refusal("UNTORN_EXISTS", "resolve", inside);
    if (kind === undefined) this.overlay.makeDirectory(inside);
  }

  /** The names in a directory as the transaction sees it, sorted; untorn's own files are left out. */
  *list(path: string): Protocol<string[]> {
    const names = new Set<string>();
    const inside = path === "" || path === "." ? "" : this.#inside(path);
    const prefix = inside === "" ? "" : `${inside}/`;
    if (inside === "" || (yield* this.#directoryOnDisk(inside))) {
      const own = (name: string): boolean => name === workFolder || /^\..*\.untorn\./s.test(name);
      const there = call("readdir", inDirectory(this.root.real, inside));
      for (const name of yield* this.#onDisk(inside, there)) if (!own(name)) names.add(name);
    }
    const below = (each: string): string | undefined =>
      each.startsWith(prefix) ? each.slice(prefix.length).split("/")[0] : undefined;
    for (const each of this.overlay.made) names.add(below(each) ?? "");
    for (const [each, { kind }] of this.overlay.wishes) if (kind === "put") names.add(below(each) ?? "");
    for (const name of names)
      if (name === "" || (yield* this.#kind(`${prefix}${name}`)) === undefined) names.delete(name);
    return [...names].toSorted();
  }

  *#renameFile(source: string, target: string): Protocol<void> {
    const content = yield* this.read(source);
    const wish = this.overlay.wishes.get(source);
    const like = wish?.kind === "put" ? wish.like : content.path;
    this.overlay.put(target, content.data, wish?.kind === "put" ? wish.mode : undefined, like);
    this.overlay.remove(source);
  }

  *#renameDirectory(source: string, target: string): Protocol<void> {
    yield* this.#onDisk(source, refuseUnmovable(this.root, this.overlay, source));
    this.overlay.makeDirectory(target);
    for (const name of yield* this.list(source)) {
      const [from, to] = [`${source}/${name}`, `${target}/${name}`];
      if ((yield* this.#kind(from)) === "directory") yield* this.#renameDirectory(from, to);
      else yield* this.#renameFile(from, to);
    }
    this.overlay.removeDirectory(source);
  }

  /** The file as the transaction sees it; what comes from disk is remembered and compared at the commit. */
  *#current(inside: string): Protocol<FileContent | undefined> {
    const wish = this.overlay.wishes.get(inside);
    if (wish?.kind === "remove") return undefined;
    if (wish !== undefined) {
      const { bytes: data, etag } = wish;
      const facts = { path: this.#show(inside), bytes: data.byteLength, mtimeMs: this.#clock.now() };
      return { ...facts, data, etag };
    }
    if (this.#last?.inside === inside) return this.#last.content;
    return yield* this.#onDisk(inside, this.#read(inside));
  }

  *#read(inside: string): Protocol<FileContent | undefined> {
    const place = yield* placeIn(this.root, inside);
    const whole = yield* readIfAny(place.path);
    const content = whole && contentOf(place.path, whole);
    this.#remember(inside, content?.etag ?? null);
    if (content !== undefined) this.#last = { inside, content };
    return content;
  }

  /** What the system refuses is said of the file. Not of all that a call does: what the caller's function throws is the caller's. */
  #onDisk<T>(inside: string, part: Protocol<T>): Protocol<T> {
    return within("read", this.#show(inside), "unchanged", part);
  }

  /** Two reads of one file must agree, or the function has seen two worlds; the first counts, and the commit compares. */
  #remember(inside: string, etag: string | null): void {
    if (!this.overlay.seen.has(inside)) this.overlay.seen.set(inside, etag);
  }

  *#kind(inside: string): Protocol<"file" | "directory" | undefined> {
    if (this.overlay.made.has(inside)) return "directory";
    for (const [path, { kind }] of this.overlay.wishes) {
      if (kind === "put" && path.startsWith(`${inside}/`)) return "directory";
    }
    if (!this.overlay.removed.has(inside) && (yield* this.#directoryOnDisk(inside))) return "directory";
    const wish = this.overlay.wishes.get(inside);
    if (wish !== undefined) return wish.kind === "put" ? "file" : undefined;
    if (this.overlay.removed.has(inside)) return undefined;
    return (yield* this.#current(inside)) === undefined ? undefined : "file";
  }

  *#directoryOnDisk(inside: string): Protocol<boolean> {
    return (yield* this.#onDisk(inside, call("lstat", inDirectory(this.root.real, inside))))?.kind === "directory";
  }

  #inside(path: string): string {
    if (!this.#open) throw invalidArgument(path, "the transaction has ended: every call in it must be awaited");
    return insidePath(this.root, path);
  }

  #refusal(code: ErrorCode, phase: Phase, inside: string, next?: string): UntornError {
    const facts = { code, phase, path: this.#show(inside), outcome: "unchanged" } as const;
    return new UntornError(next === undefined ? facts : { ...facts, next });
  }

  #show(inside: string): string {
    return inDirectory(this.root.path, inside);
  }
}
