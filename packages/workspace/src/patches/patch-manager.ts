import { createHash } from "node:crypto";
import { posix } from "node:path";
import { UntornError } from "untorn";
import type { Transaction } from "untorn";
import { inputRefused, machine, standsInTheWay, textOf } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";
import { changeFiles, refused } from "./change-files.ts";
import type { ChangedFile } from "./change-files.ts";
import { readPatch, reversed } from "./parse-patch.ts";
import { findPatch, parseSeries, writeSeries } from "./series.ts";
import type { AppliedFile, PatchRecord, Series } from "./series.ts";

export interface ApplyOptions {
  /**
   * 0 (default): a hunk fits only where the patch says. 1 to 3: it may be elsewhere, and so many lines of context at either end may
   * differ; what it took is reported.
   */
  readonly fuzz?: number;
}

/** What `apply` or `revert` did. */
export interface PatchResult {
  readonly patch: PatchRecord;
  readonly files: readonly ChangedFile[];
}

function refuseOutside(...names: readonly (string | null)[]): void {
  const path = names.find(
    (name) => name !== null && (posix.isAbsolute(name) || posix.normalize(name).startsWith("../")),
  );
  if (path === undefined || path === null) return;
  throw new UntornError({ code: "UNTORN_OUTSIDE", path, phase: "arguments", outcome: "unchanged" });
}

/**
 * Numbered patches, kept as unified diffs in a folder of a project (`.patches/NNNN-title.patch` and `series.json`), and applied to
 * the project's files: a patch changes all its files or none, also across a crash, together with the note that it is applied (G8).
 */
export class PatchManager {
  readonly #root: string;
  readonly #folder: string;
  readonly #ground: Ground;

  /** `root`: the folder that the paths in the patches are relative to. */
  constructor(root: string, options: { readonly folder?: string; readonly ground?: Ground } = {}) {
    this.#root = root;
    this.#folder = options.folder ?? ".patches";
    this.#ground = options.ground ?? machine;
  }

  /**
   * Stores a unified diff under the next number. Whether it fits is asked when it is applied.
   * @throws UntornError UNTORN_OUTSIDE if it names a file outside the root; UNTORN_INVALID_ARGUMENT for one in the folder of the patches.
   */
  async create(title: string, diff: string): Promise<PatchRecord> {
    const line = title.trim();
    if (line === "" || /\p{Cc}/u.test(line)) throw inputRefused("title", "a title is one line of text");
    for (const { from, to } of readPatch(diff, "the patch")) this.#refusePlaces(from, to);
    return await this.#change(`patch ${line}`, async (tx, series) => {
      const number = String(series.next).padStart(4, "0");
      const words = line
        .normalize("NFKD")
        .toLowerCase()
        .match(/[a-z0-9]+/g) ?? ["patch"];
      const file = `${number}-${words.join("-").slice(0, 60)}.patch`;
      if (await tx.exists(`${this.#folder}/${file}`)) {
        throw standsInTheWay(file, "it is there, and the series does not know it", "Move it away first.");
      }
      const patch: PatchRecord = { number, title: line, file, created: this.#now(), applied: null };
      series.next += 1;
      series.patches.push(patch);
      await tx.write(`${this.#folder}/${file}`, diff);
      return patch;
    });
  }

  /**
   * Applies a patch: whole, or not at all.
   * @throws UntornError UNTORN_CONFLICT if it does not fit, or is applied; UNTORN_OUTSIDE if it leads out of the root.
   */
  async apply(number: string, options: ApplyOptions = {}): Promise<PatchResult> {
    const { fuzz = 0 } = options;
    if (!Number.isInteger(fuzz) || fuzz < 0 || fuzz > 3) throw inputRefused("fuzz", "fuzz takes 0 to 3");
    return await this.#change(`apply patch ${number}`, async (tx, series) => {
      const patch = findPatch(series, number, this.#seriesPath);
      if (patch.applied !== null)
        throw refused(patch.file, `it is applied since ${patch.applied.at}`, "Revert it first.");
      const wanted = { fuzz, label: `patch ${patch.number}`, modeOf: this.#modeOf };
      const files = await changeFiles(tx, await this.#read(tx, patch), wanted);
      const places = files.flatMap((file) => file.places);
      patch.applied = {
        at: this.#now(),
        fuzz: Math.max(0, ...places.map((place) => place.fuzz)),
        offset: Math.max(0, ...places.map((place) => Math.abs(place.offset))),
        files: files.map(appliedFile),
      };
      for (const { from, before } of files) {
        // The copy of a file that only its owner may read must not be more open than it.
        if (from !== null && before !== null) await tx.write(this.#undo(patch, from), before, { mode: 0o600 });
      }
      return { patch, files };
    });
  }

  /**
   * Takes an applied patch back. Files that are as it left them get their old bytes; in others its changes are taken out where they
   * still stand (`fuzz` as for `apply`). Whole, or not at all.
   */
  async revert(number: string, options: ApplyOptions = {}): Promise<PatchResult> {
    return await this.#change(`revert patch ${number}`, async (tx, series) => {
      const patch = findPatch(series, number, this.#seriesPath);
      const { applied } = patch;
      if (applied === null) throw refused(patch.file, "it is not applied", "");
      const back = reversed(await this.#read(tx, patch));
      const files: ChangedFile[] = [];
      for (const [index, file] of back.entries()) {
        const known = applied.files[index];
        const now = file.from === null ? null : await textOrNull(tx, file.from);
        const kept = known?.from == null ? null : await textOrNull(tx, this.#undo(patch, known.from));
        const untouched = known !== undefined && digest(now) === known.after && digest(kept) === known.before;
        if (untouched && file.from !== null && file.to === file.from && kept !== null) {
          await tx.write(file.from, kept);
          files.push({ ...file, places: [], before: now, after: kept, mode: undefined });
        } else {
          const label = `taking back patch ${patch.number}`;
          const wanted = { fuzz: options.fuzz ?? 0, label, modeOf: this.#modeOf };
          const [changed] = await changeFiles(tx, [file], wanted);
          if (changed === undefined) continue;
          const after = untouched && kept !== null ? kept : changed.after;
          // One that the patch had removed is made anew, and must not be more open than it was.
          const mode = changed.mode ?? known?.mode;
          if (file.to !== null && after !== null) await tx.write(file.to, after, mode === undefined ? {} : { mode });
          files.push({ ...changed, after });
        }
      }
      for (const { from } of applied.files) {
        if (from !== null && (await tx.exists(this.#undo(patch, from)))) await tx.remove(this.#undo(patch, from));
      }
      patch.applied = null;
      return { patch, files };
    });
  }

  /** All patches, by number. */
  list(): readonly PatchRecord[] {
    return this.#series().patches;
  }

  /** A patch and its text. @throws UntornError UNTORN_NOT_FOUND */
  show(number: string): { readonly patch: PatchRecord; readonly diff: string } {
    const patch = findPatch(this.#series(), number, this.#seriesPath);
    const content = this.#ground.read(`${this.#root}/${this.#folder}/${patch.file}`);
    if (content === undefined)
      throw refused(patch.file, "the patch itself is gone", "Put it back, or create it again.");
    return { patch, diff: textOf(content.data, patch.file) };
  }

  get #seriesPath(): string {
    return `${this.#folder}/series.json`;
  }

  readonly #modeOf = (path: string): number => this.#ground.mode(`${this.#root}/${path}`);

  #undo(patch: PatchRecord, path: string): string {
    return `${this.#folder}/undo/${patch.number}/${path}`;
  }

  readonly #beside = (): readonly string[] =>
    this.#ground.list(`${this.#root}/${this.#folder}`).map(({ name }) => name);

  #series(): Series {
    const path = `${this.#root}/${this.#seriesPath}`;
    const content = this.#ground.read(path);
    return parseSeries(content === undefined ? undefined : textOf(content.data, path), path, this.#beside);
  }

  async #read(tx: Transaction, patch: PatchRecord) {
    const files = readPatch((await tx.readText(`${this.#folder}/${patch.file}`)).data, patch.file);
    // The file may have been changed by hand since it was created.
    for (const { from, to } of files) this.#refusePlaces(from, to);
    return files;
  }

  /** Outside of the root is nobody's; and what the patches are noted in is written anew by every call, over what a patch puts there. */
  #refusePlaces(...names: readonly (string | null)[]): void {
    refuseOutside(...names);
    const fold = (name: string): string => `${posix.normalize(name).replace(/\/$/, "").toLowerCase()}/`;
    const own = names.find((name) => name !== null && fold(name).startsWith(fold(this.#folder)));
    if (own === undefined || own === null) return;
    throw inputRefused(own, "it is in the folder in which the patches themselves are kept");
  }

  async #change<T>(purpose: string, work: (tx: Transaction, series: Series) => Promise<T>): Promise<T> {
    const change = async (tx: Transaction): Promise<T> => {
      const series = parseSeries((await textOrNull(tx, this.#seriesPath)) ?? undefined, this.#seriesPath, this.#beside);
      const result = await work(tx, series);
      await writeSeries(tx, this.#seriesPath, series);
      return result;
    };
    return (await this.#ground.store(this.#root).transaction(change, { purpose })).value;
  }

  #now(): string {
    return this.#ground.now().toISOString();
  }
}

async function textOrNull(tx: Transaction, path: string): Promise<string | null> {
  return (await tx.exists(path)) ? (await tx.readText(path)).data : null;
}

function appliedFile({ from, to, before, after, mode }: ChangedFile): AppliedFile {
  const digests = { from, to, before: digest(before), after: digest(after) };
  return to !== null || mode === undefined ? digests : { ...digests, mode };
}

function digest(text: string | null): string | null {
  return text === null ? null : createHash("sha256").update(text).digest("hex");
}
