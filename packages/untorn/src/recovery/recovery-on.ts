import { setImmediate } from "node:timers/promises";
import { absolute, checkOptions, optionNames } from "../atomic/index.ts";
import type { Files } from "../atomic/index.ts";
import { loadFrontmatter } from "../formats/index.ts";
import { invalidArgument } from "../platform/index.ts";
import { refusing, runAsync, runSync } from "../protocol/index.ts";
import type { Examination } from "./examine.ts";
import { generationProtocol, historyProtocol, restoreProtocol } from "./history.ts";
import type { History, Restored, RestoreOptions } from "./history.ts";
import { policies } from "./plan.ts";
import { recoverProtocol } from "./recover.ts";
import type { RecoverOptions, RecoveryReport } from "./recover.ts";
import { scanProtocol } from "./scan.ts";
import type { ScanOptions, ScanReport } from "./findings.ts";

/** Looking for what crashes left, and putting it right. */
export interface Recoveries {
  /**
   * Looks at a folder and all below it (or at one file) and says what is not as it should be: temps that somebody left behind,
   * with their writer's state; documents that are corrupt, with the position; interrupted transactions and in-place writes; locks
   * of the dead; what could not be read. Changes nothing. Symbolic links, `.git` and `node_modules` are not followed.
   *
   * @throws UntornError UNTORN_NOT_FOUND or UNTORN_PERMISSION for the folder itself; everything below it is in the report.
   */
  readonly scan: (path: string, options?: ScanOptions) => Promise<ScanReport>;
  /**
   * Puts right what `scan` finds; without `apply` it only says what it would do, with the reason for each action. Temps of living
   * writers are left alone. Beside a whole target a temp is removed where it is proven that nothing is lost with it, and else moved
   * to `.untorn/quarantine`. A missing or corrupt target gets the newest temp that proves complete or validates, or else the newest
   * whole generation; what was corrupt is kept in the quarantine. Nothing that may be the only copy is deleted (G9).
   *
   * Killed anywhere and run again, it comes to the same end; run twice, the second does nothing. What one file's recovery
   * runs into is in the report (`failed`), and the others go on.
   */
  readonly recover: (path: string, options?: RecoverOptions) => Promise<RecoveryReport>;
  /** As `scan`, on the calling thread; frontmatter is then only checked for its closing line. */
  readonly scanSync: (path: string, options?: ScanOptions) => ScanReport;
  /** As `recover`, on the calling thread; frontmatter is then only checked for its closing line. */
  readonly recoverSync: (path: string, options?: RecoverOptions) => RecoveryReport;
  /** The contents that a file had, newest first, as kept by the `generations` option. */
  readonly history: (path: string) => Promise<History>;
  /**
   * The bytes of a generation; without a number, of the newest whole one that differs from the file.
   *
   * @throws UntornError UNTORN_NOT_FOUND if there is none; UNTORN_CORRUPT if it is not whole.
   */
  readonly readGeneration: (path: string, number?: number) => Promise<{ number: number; data: Uint8Array }>;
  /**
   * Writes the content of a generation to the file: a forward revision, so that it can be taken back in turn. Takes the file's lock.
   * On disk after an error: what was there, unless its `outcome` says otherwise.
   */
  readonly restore: (path: string, number?: number, options?: RestoreOptions) => Promise<Restored>;
}

const defaultQuietMs = 60_000;

/** Recovery on one port; `trusted`: the users that this process trusts beside the owners of folders and files. */
export function recoveryOn(files: Pick<Files, "port">, trusted: readonly number[] = []): Recoveries {
  const { port } = files;
  const how = (path: string, { quietMs = defaultQuietMs, policy = "untorn" }: RecoverOptions, may: Waiting) => {
    if (!policies.includes(policy)) throw invalidArgument(path, `policy takes ${policies.join(", ")}`);
    return { quietMs, policy, trusted, ...may };
  };
  const scan = (path: string, options: ScanOptions, may: Waiting) => {
    checkOptions(path, options, optionNames.scan);
    return scanProtocol(port, path, options, how(path, options, may));
  };
  const recover = (path: string, options: RecoverOptions, may: Waiting) => {
    checkOptions(path, options, optionNames.recover);
    return refusing("recover", recoverProtocol(port, path, options, how(path, options, may)));
  };
  return {
    scan: async (path, options = {}) => runAsync(port, scan(path, options, waiting())),
    recover: async (path, options = {}) => runAsync(port, recover(path, options, waiting())),
    history: async (path) => {
      await loadFrontmatter();
      return runAsync(port, historyProtocol(absolute(path)));
    },
    readGeneration: async (path, number) => {
      const { generation, bytes } = await runAsync(port, generationProtocol(absolute(path), number));
      return { number: generation.number, data: bytes };
    },
    restore: async (path, number, options = {}) => {
      checkOptions(path, options, optionNames.restore);
      return runAsync(port, refusing("recover", restoreProtocol(port, absolute(path), number, options, false)));
    },
    scanSync: (path, options = {}) => runSync(port, scan(path, options, noWaiting)),
    recoverSync: (path, options = {}) => runSync(port, recover(path, options, noWaiting)),
  };
}

/** What only a walk that does not hold the thread can do. */
type Waiting = Pick<Examination, "load" | "breathe">;

const noWaiting: Waiting = { load: () => undefined, breathe: () => undefined };

/** Small files are read on the calling thread, where a read costs a tenth of a hop to another one; so long at a time. */
const sliceMs = 10;

function waiting(): Waiting {
  let began = performance.now();
  const breathe = (): Promise<void> | undefined => {
    if (performance.now() - began < sliceMs) return undefined;
    return setImmediate().then(() => void (began = performance.now()));
  };
  return { load: loadFrontmatter, breathe };
}
