import { inDirectory, readPiece } from "../atomic/index.ts";
import { recordIn, systemCodeOf } from "../platform/index.ts";
import type { Handle } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "../transaction/index.ts";

/**
 * The change log: what every change of the store was, in one total order. `.untorn/changes.jsonl`:
 *
 *     {"untorn":"changes","version":1,"id":"…","revision":BASE,"keys":[["STATE.md",ETAG,SIZE,MTIME,CTIME,INODE,SEEN],…]}
 *     {"revision":R,"changes":[["STATE.md",ETAG,SIZE,MTIME,CTIME,INODE,SEEN],["old.md",null]]}
 *
 * The files are the truth and the log follows them: a line is appended after its files are in place, and whoever finds
 * files that differ from the log's last word appends that. So a crash in between, and a program that knows nothing of
 * untorn, are the same case. A log is only appended to, by whoever holds the root's lock, or replaced whole; then it has
 * another `id`.
 */
export interface Known {
  readonly etag: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  /** When it was looked at. */
  readonly seenMs: number;
}

/** `now` is undefined where the key is gone. */
export interface KnownChange {
  readonly key: string;
  readonly now: Known | undefined;
}

export interface LogLine {
  readonly revision: number;
  readonly changes: readonly { readonly key: string; readonly etag: string | null }[];
}

export type LogState = "missing" | "whole" | "torn" | "damaged" | "newer";

export const logVersion = 1;

export function logPath(root: Root): string {
  return inDirectory(root.work, "changes.jsonl");
}

/** What this process has read of the log. */
export class LogView {
  state: LogState = "missing";
  /** Events up to here are not remembered. */
  base = 0;
  revision = 0;
  lines: LogLine[] = [];
  known = new Map<string, Known>();
  #header = "";
  #consumed = 0;

  /** Reads what has been added. It takes no lock: a last line that is not whole is being written, or `torn`. */
  *refresh(root: Root): Protocol<void> {
    let handle: Handle;
    try {
      handle = yield* call("open", logPath(root), "read", 0);
    } catch (error) {
      if (systemCodeOf(error) !== "ENOENT") throw error;
      this.state = "missing";
      return;
    }
    try {
      const { size } = yield* call("fstat", handle);
      const start = yield* readText(handle, 0, Math.min(size, headerBytes));
      if (start !== this.#header || size < this.#consumed || this.state === "missing" || this.state === "damaged") {
        this.#forget(start);
      }
      // Another call of this process may read at the same time: what one has taken, the other leaves.
      for (;;) {
        const from = this.#consumed;
        const text = size > from ? yield* readText(handle, from, size) : "";
        if (this.#header !== start) return;
        if (this.#consumed !== from) continue;
        if (text === "") this.state = "whole";
        else this.#take(text);
        return;
      }
    } finally {
      yield* call("close", handle);
    }
  }

  #forget(header: string): void {
    this.#header = header;
    this.#consumed = 0;
    this.base = 0;
    this.lines = [];
    this.known = new Map();
    this.state = "whole";
  }

  #take(text: string): void {
    const end = text.lastIndexOf("\n") + 1;
    const lines = text.slice(0, end).split("\n").slice(0, -1);
    for (const [index, line] of lines.entries()) {
      const state = this.#consumed === 0 ? this.#takeFirst(line) : this.#takeLine(line);
      if (state !== "whole") {
        // A power cut may leave a hole in what was written last, and nowhere else.
        const last = index === lines.length - 1 && end === text.length && this.#consumed > 0;
        this.state = last ? "torn" : state;
        return;
      }
      this.#consumed += Buffer.byteLength(line) + 1;
    }
    this.state = end < text.length || this.#consumed === 0 ? "torn" : "whole";
  }

  #takeFirst(line: string): LogState {
    const raw = recordIn(line);
    if (raw?.["untorn"] !== "changes" || typeof raw["version"] !== "number") return "damaged";
    if (raw["version"] > logVersion) return "newer";
    const keys = knownChanges(raw["keys"]);
    const revision = raw["revision"];
    if (keys === undefined || typeof revision !== "number") return "damaged";
    for (const { key, now } of keys) if (now !== undefined) this.known.set(key, now);
    this.base = revision;
    this.revision = revision;
    return "whole";
  }

  #takeLine(line: string): LogState {
    const raw = recordIn(line);
    const changes = knownChanges(raw?.["changes"]);
    const revision = raw?.["revision"];
    if (changes === undefined || typeof revision !== "number" || revision <= this.revision) return "damaged";
    this.revision = revision;
    for (const { key, now } of changes) {
      if (now === undefined) this.known.delete(key);
      else this.known.set(key, now);
    }
    this.lines.push({ revision, changes: changes.map(({ key, now }) => ({ key, etag: now?.etag ?? null })) });
    return "whole";
  }
}

/** Enough for everything in the first line that tells one log from another. */
const headerBytes = 64;

export function headerLine(id: string, revision: number, known: ReadonlyMap<string, Known>): string {
  const keys = [...known].map(([key, now]) => row(key, now));
  return `${JSON.stringify({ untorn: "changes", version: logVersion, id, revision, keys })}\n`;
}

export function changeLine(revision: number, changes: readonly KnownChange[]): string {
  return `${JSON.stringify({ revision, changes: changes.map(({ key, now }) => row(key, now)) })}\n`;
}

function row(key: string, now: Known | undefined): unknown[] {
  if (now === undefined) return [key, null];
  return [key, now.etag, now.size, now.mtimeMs, now.ctimeMs, now.ino, now.seenMs];
}

function knownChanges(rows: unknown): KnownChange[] | undefined {
  if (!Array.isArray(rows)) return undefined;
  const changes: KnownChange[] = [];
  for (const each of rows as unknown[]) {
    if (!Array.isArray(each)) return undefined;
    const [key, etag, ...numbers] = each as unknown[];
    if (typeof key !== "string") return undefined;
    if (etag === null) {
      changes.push({ key, now: undefined });
      continue;
    }
    if (typeof etag !== "string" || numbers.length !== 5 || !numbers.every((one) => typeof one === "number")) {
      return undefined;
    }
    const [size, mtimeMs, ctimeMs, ino, seenMs] = numbers as [number, number, number, number, number];
    changes.push({ key, now: { etag, size, mtimeMs, ctimeMs, ino, seenMs } });
  }
  return changes;
}

function* readText(handle: Handle, from: number, to: number): Protocol<string> {
  return Buffer.from(yield* readPiece(handle, from, to - from)).toString();
}
