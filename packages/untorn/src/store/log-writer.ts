import { knownSource, undisturbed, within, writeAll, writeProtocol } from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { markDurable, quarantine } from "../transaction/index.ts";
import type { HeldRoot, Root } from "../transaction/index.ts";
import { changeLine, headerLine, logPath, LogView } from "./change-log.ts";
import type { KnownChange, LogLine } from "./change-log.ts";

/** Writes the log; every method's caller holds the root's lock. */
export class LogWriter {
  readonly view: LogView;
  /** So many changes are remembered at least, and twice as many at most. */
  readonly #keep: number;
  #appended = false;

  constructor(view: LogView, keep: number) {
    this.view = view;
    this.#keep = keep;
  }

  /** Reads the log to its end and mends it where a crash cut it short. */
  *prepare({ port, root, newWork }: HeldRoot): Protocol<void> {
    const { view } = this;
    yield* within("read", root.path, "unchanged", view.refresh(root));
    if (view.state === "newer") throw newerLog(root);
    if (newWork) {
      yield* within("stage", root.path, "unchanged", call("syncDirectory", root.real));
      yield* markDurable(root);
    }
    // What is not a whole line was never returned for: its writer was stopped.
    if (view.state === "torn" && view.base > 0) yield* this.#replace(port, root, view.base, []);
    else if (view.state !== "whole") yield* this.#begin(port, root);
  }

  /** Adds a line, durable when this returns. */
  *append({ port, root }: HeldRoot, changes: readonly KnownChange[]): Protocol<void> {
    const { view } = this;
    // A power cut may have taken the last line, and somebody may have seen it: its revision is not used again.
    const revision = view.revision + (this.#appended ? 1 : 2);
    const line = changeLine(revision, changes);
    if (view.lines.length >= this.#keep * 2) {
      const kept = view.lines.slice(-this.#keep);
      const base = (view.lines.at(-this.#keep - 1) as LogLine).revision;
      yield* this.#replace(port, root, base, kept);
    }
    const handle = yield* call("open", logPath(root), "append", 0o666);
    try {
      yield* writeAll(handle, Buffer.from(line), () => {}, root.path);
      yield* call("fsync", handle);
    } finally {
      yield* call("close", handle);
    }
    this.#appended = true;
    yield* view.refresh(root);
  }

  /**
   * A log that is made anew begins at the time in milliseconds: a watcher with a revision of the one that was lost is told
   * to list again, because no store makes a thousand commits a second for years.
   */
  *#begin(port: Port, root: Root): Protocol<void> {
    const { view } = this;
    if (view.state === "damaged" || view.state === "torn") {
      yield* quarantine(root, [logPath(root)]);
    }
    view.known = new Map();
    yield* this.#replace(port, root, Math.max(Math.floor(port.clock.now()), view.revision + 2), []);
  }

  *#replace(port: Port, root: Root, base: number, kept: readonly LogLine[]): Protocol<void> {
    const { view } = this;
    const rows = (line: LogLine): KnownChange[] =>
      line.changes.map(({ key, etag }) => ({ key, now: etag === null ? undefined : remembered(etag) }));
    const lines = (kept.length > 0 ? kept : view.lines.filter(({ revision }) => revision > base)).map((line) =>
      changeLine(line.revision, rows(line)),
    );
    const text = headerLine(port.randomName(), base, view.known) + lines.join("");
    yield* writeProtocol(port, {
      path: logPath(root),
      source: knownSource([Buffer.from(text)]),
      options: {},
      control: undisturbed,
    });
    const { known } = view;
    yield* view.refresh(root);
    // The lines that were kept have no statuses; the snapshot, which is newer, has.
    view.known = known;
  }
}

/** A change whose file's status is not remembered: it is looked at once more. */
function remembered(etag: string): NonNullable<KnownChange["now"]> {
  return { etag, size: -1, mtimeMs: 0, ctimeMs: 0, ino: 0, seenMs: 0 };
}

function newerLog(root: Root): UntornError {
  return new UntornError({
    code: "UNTORN_NEWER",
    path: logPath(root),
    phase: "read",
    outcome: "unchanged",
    problem: "a newer version of untorn keeps this store's change log",
  });
}
