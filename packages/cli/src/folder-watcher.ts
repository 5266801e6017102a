import { scan } from "untorn";
import type { Finding } from "untorn";

/** What happened to one finding. */
export interface Change {
  readonly event: "found" | "gone";
  /** ISO 8601. */
  readonly at: string;
  readonly finding: Finding;
}

/** Remembers what was found, and tells what is new and what is gone; at most this many findings. */
const remembered = 100_000;

/** Looks at a folder again and again. */
export class FolderWatcher {
  readonly #path: string;
  readonly #quiet: { quietMs?: number };
  #known = new Map<string, Finding>();

  constructor(path: string, quiet: { quietMs?: number }) {
    this.#path = path;
    this.#quiet = quiet;
  }

  /** Looks once; what has changed since the last time. */
  async look(): Promise<Change[]> {
    const now = new Map<string, Finding>();
    const onFinding = (finding: Finding): void => {
      if (now.size < remembered) now.set(`${finding.kind} ${finding.path}`, finding);
    };
    await scan(this.#path, { ...this.#quiet, limit: 0, onFinding });
    const at = new Date().toISOString();
    const changes: Change[] = [];
    for (const [key, finding] of now) if (!this.#known.has(key)) changes.push({ event: "found", at, finding });
    for (const [key, finding] of this.#known) if (!now.has(key)) changes.push({ event: "gone", at, finding });
    this.#known = now;
    return changes;
  }
}
