import { contentOf, decode, inDirectory, readIfAny, toSource } from "../atomic/index.ts";
import type { Data, FileContent } from "../atomic/index.ts";
import { formatJson, openJson } from "../documents/json/index.ts";
import { workFolder } from "../lock/index.ts";
import { UntornError } from "../platform/index.ts";
import { call, pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { expect, expectedBy } from "./conditions.ts";
import { Overlay } from "./overlay.ts";
import { refuseLink, refuseUnmovable } from "./not-moved.ts";
import { insidePath, placeIn } from "./places.ts";
import type { Root } from "./places.ts";
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
  #open = true;

  constructor(root: Root, again: boolean) {
    this.root = root;
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
    throw new UntornError({
      code: "UNTORN_NOT_FOUND",
      path: this.#show(inside),
      phase: "read",
      outcome: "unchanged",
      next: "tx.exists tells without an error.",
    });
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
    const inside = this.#inside(path);
    const shown = this.#show(inside);
    const expected = expectedBy(shown, options);
    const { mode, generations, copy = true } = options;
    const source = toSource(data, options.encoding ?? "utf8", shown);
    const pieces: Uint8Array[] = [];
    for (;;) {
      const piece = yield* pull(() => source.next());
      if (piece === undefined) break;
      pieces.push(piece);
    }
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
    yield* this.#change(inside, function* (before, invalid) {
      const text = before === undefined ? undefined : decode(before.data, before.path);
      const after: unknown = yield* pull(() => edit(text));
      if (typeof after !== "string") throw invalid("the edit returned something that is not text");
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
    const comments = options.comments ?? /\.(?:jsonc|code-workspace)$/i.test(inside);
    yield* this.#change(inside, function* (before, invalid) {
      const document = before && openJson(before.data, { path: before.path, comments });
      const after = yield* pull(() => change(document?.value));
      if (after === undefined) throw invalid("the function returned undefined; return the value to keep it");
      return document === undefined ? formatJson(after, { path: shown }) : document.edit(after);
    });
  }

  /** Makes new text of what is there; again, if another call of the transaction has changed that meanwhile. */
  *#change(
    inside: string,
    make: (before: FileContent | undefined, invalid: (problem: string) => UntornError) => Protocol<string>,
  ): Protocol<void> {
    for (let attempt = 1; attempt <= changeLimit; attempt += 1) {
      const wish = this.overlay.wishes.get(inside);
      const text = yield* make(yield* this.#current(inside), (problem) => this.#invalid(inside, problem));
      if (this.overlay.wishes.get(inside) !== wish) continue;
      this.overlay.put(inside, Buffer.from(text));
      return;
    }
    throw this.#invalid(
      inside,
      "it is changed again and again while it is edited; an edit must not change its own file",
    );
  }

  *remove(path: string): Protocol<void> {
    const inside = this.#inside(path);
    yield* refuseLink(this.root, this.overlay, inside);
    if ((yield* this.#current(inside)) === undefined) {
      throw new UntornError({
        code: "UNTORN_NOT_FOUND",
        path: this.#show(inside),
        phase: "read",
        outcome: "unchanged",
      });
    }
    this.overlay.remove(inside);
  }

  /**
   * A file or a directory gets another name; there must be nothing of that name yet. A directory is moved file by file: of
   * a directory that moves between two others, a power cut may leave neither name (POSIX ties no two directories together).
   */
  *rename(from: string, to: string): Protocol<void> {
    const source = this.#inside(from);
    const target = this.#inside(to);
    yield* refuseLink(this.root, this.overlay, source);
    if (target === source || target.startsWith(`${source}/`))
      throw this.#invalid(target, `it cannot be moved into itself`);
    if ((yield* this.#kind(target)) !== undefined) {
      const next = "Remove it first, in the same transaction.";
      throw new UntornError({
        code: "UNTORN_EXISTS",
        path: this.#show(target),
        phase: "resolve",
        outcome: "unchanged",
        next,
      });
    }
    if ((yield* this.#kind(source)) === "directory") yield* this.#renameDirectory(source, target);
    else yield* this.#renameFile(source, target);
  }

  *mkdir(path: string): Protocol<void> {
    const inside = this.#inside(path);
    const kind = yield* this.#kind(inside);
    if (kind === "file") {
      throw new UntornError({
        code: "UNTORN_EXISTS",
        path: this.#show(inside),
        phase: "resolve",
        outcome: "unchanged",
      });
    }
    if (kind === undefined) this.overlay.makeDirectory(inside);
  }

  /** The names in a directory as the transaction sees it, sorted; untorn's own files are left out. */
  *list(path: string): Protocol<string[]> {
    const names = new Set<string>();
    const inside = path === "" || path === "." ? "" : this.#inside(path);
    const prefix = inside === "" ? "" : `${inside}/`;
    if (inside === "" || (yield* this.#directoryOnDisk(inside))) {
      const own = (name: string): boolean => name === workFolder || /^\..*\.untorn\./s.test(name);
      for (const name of yield* call("readdir", inDirectory(this.root.real, inside))) if (!own(name)) names.add(name);
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
    yield* refuseUnmovable(this.root, this.overlay, source);
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
    const facts = { path: this.#show(inside) };
    if (wish !== undefined) {
      return { ...facts, data: wish.bytes, etag: wish.etag, bytes: wish.bytes.byteLength, mtimeMs: Date.now() };
    }
    if (this.#last?.inside === inside) return this.#last.content;
    const place = yield* placeIn(this.root, inside);
    const whole = yield* readIfAny(place.path);
    const content = whole && contentOf(place.path, whole);
    this.#remember(inside, content?.etag ?? null);
    if (content !== undefined) this.#last = { inside, content };
    return content;
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
    return (yield* call("lstat", inDirectory(this.root.real, inside)))?.kind === "directory";
  }

  #inside(path: string): string {
    if (!this.#open) throw this.#invalid(path, "the transaction has ended: every call in it must be awaited");
    return insidePath(this.root, path);
  }

  #show(inside: string): string {
    return inDirectory(this.root.path, inside);
  }

  #invalid(path: string, problem: string): UntornError {
    return new UntornError({
      code: "UNTORN_INVALID_ARGUMENT",
      path,
      phase: "arguments",
      outcome: "unchanged",
      problem,
    });
  }
}
