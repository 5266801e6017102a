import type { Position } from "../platform/index.ts";
import type { Orphan, Worth } from "./facts.ts";
import type { Skipped } from "./folder.ts";
import type { Scheme } from "./temp-schemes.ts";

/** What can be wrong in a folder. */
export type FindingKind =
  | "orphan"
  | "corrupt"
  | "missing"
  | "lock"
  | "transaction"
  | "quarantine"
  | "generations"
  | "unreadable";

/** Something that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  readonly path: string;
  /** In words, with the evidence. */
  readonly detail: string;
  /** Whose orphan it is. */
  readonly target?: string | undefined;
  readonly scheme?: Scheme;
  readonly writer?: Orphan["writer"];
  readonly pid?: number | undefined;
  /** Of a temp: how long it has not been written to. */
  readonly quietMs?: number;
  readonly bytes?: number;
  readonly worth?: Worth;
  readonly format?: string | undefined;
  readonly position?: Position | undefined;
}

/** What a scan saw. */
export interface ScanReport {
  readonly path: string;
  readonly folders: number;
  /** Regular files seen, and of these, documents whose content was checked. */
  readonly files: number;
  readonly documents: number;
  /** The first of the findings; `counts` has all. */
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  /** Temps of living writers and bytes in all temps; a living writer's temp is no finding. */
  readonly liveTemps: number;
  readonly tempBytes: number;
  /** Editors' backups and work files: seen, and left alone. */
  readonly editorFiles: number;
  /** What the quarantines hold, and how many generations are kept. */
  readonly quarantineFiles: number;
  readonly quarantineBytes: number;
  readonly generations: number;
  /** What was not looked into; the first of them. Where one `matters`, it is among the findings as `unreadable`. */
  readonly skipped: readonly Skipped[];
}

/** How far a scan has come. */
export interface Progress {
  readonly folders: number;
  readonly files: number;
  readonly findings: number;
  /** Actions done or planned, in a recovery. */
  readonly actions: number;
}

export interface ScanOptions {
  /** After how long without a write a temp counts as left behind, if nothing can be proven about its writer. Default 60,000. */
  readonly quietMs?: number;
  readonly onProgress?: (progress: Progress) => void;
  /** Told of every finding; those beyond `limit` are told here only. */
  readonly onFinding?: (finding: Finding) => void;
  /** Findings in the report at most. Default 10,000. */
  readonly limit?: number;
}

const skippedLimit = 1000;

/** Collects what a walk finds, within bounds. */
export class Findings {
  readonly report = {
    folders: 0,
    files: 0,
    documents: 0,
    liveTemps: 0,
    tempBytes: 0,
    editorFiles: 0,
    quarantineFiles: 0,
    quarantineBytes: 0,
    generations: 0,
  };
  readonly #findings: Finding[] = [];
  readonly #counts: Partial<Record<FindingKind, number>> = {};
  readonly #skipped: Skipped[] = [];
  readonly #options: ScanOptions;
  #total = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  add(finding: Finding): void {
    this.#total += 1;
    this.#counts[finding.kind] = (this.#counts[finding.kind] ?? 0) + 1;
    if (this.#findings.length < (this.#options.limit ?? 10_000)) this.#findings.push(finding);
    this.#options.onFinding?.(finding);
  }

  skip(skipped: Skipped): void {
    if (this.#skipped.length < skippedLimit) this.#skipped.push(skipped);
    if (skipped.matters) this.add({ kind: "unreadable", path: skipped.path, detail: skipped.reason });
  }

  progress(actions = 0): void {
    const { folders, files } = this.report;
    this.#options.onProgress?.({ folders, files, findings: this.#total, actions });
  }

  reportOn(path: string): ScanReport {
    return { path, ...this.report, findings: this.#findings, counts: this.#counts, skipped: this.#skipped };
  }
}
