import { parseTempName } from "../atomic/index.ts";
import type { TempName } from "../atomic/index.ts";

/**
 * How programs name the files that they leave beside a target when they are killed. Each scheme was read in its program's
 * source, or in the recipe that it comes from. A name proves little: what an orphan is good for is decided by its content.
 */
export type Scheme =
  | "untorn"
  | "NAME.tmp.PID"
  | "NAME.tmp.PID.TIME"
  | "NAME.PID.TIME.tmp"
  | "NAME.PID.tmp"
  | "NAME.tmp.RANDOM"
  | "NAME.RANDOM.tmp"
  | "NAME.tmp"
  | ".tmp_*"
  | "write-file-atomic"
  | "atomically"
  | "steno"
  | "fast-write-atomic"
  | "gedit";

/** A name that says: written beside a target, to be renamed to it. */
export interface OrphanName {
  readonly scheme: Scheme;
  /** The target's name; `undefined` where the name does not tell it. */
  readonly target: string | undefined;
  /** The writer, where the name tells; of a foreign scheme only its pid, which says little in another container. */
  readonly pid: number | undefined;
  /** Untorn's own name, taken apart. */
  readonly own: TempName | undefined;
}

interface Rule {
  readonly scheme: Scheme;
  readonly pattern: RegExp;
}

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const random = `(?:${uuid}|[0-9a-f]{6,64}|(?=[A-Za-z0-9_-]*\\d)[A-Za-z0-9_-]{6,32}|[A-Za-z0-9]{6})`;

/** In this order: what says more comes first. */
const rules: readonly Rule[] = [
  { scheme: ".tmp_*", pattern: /^\.tmp_.+$/ },
  { scheme: "fast-write-atomic", pattern: /^\.(?<pid>\d{1,10})\.\d{1,10}$/ },
  { scheme: "gedit", pattern: /^\.goutputstream-[A-Z0-9]{6}$/ },
  { scheme: "atomically", pattern: /^(?<target>.+)\.tmp-\d{10}[0-9a-f]{6}$/ },
  // Rewritten agent settings; the time is in milliseconds.
  { scheme: "NAME.tmp.PID.TIME", pattern: /^(?<target>.+)\.tmp\.(?<pid>\d{1,10})[.-]\d{10,19}$/ },
  { scheme: "NAME.PID.TIME.tmp", pattern: /^(?<target>.+)\.(?<pid>\d{1,10})[.-]\d{10,19}\.tmp$/ },
  { scheme: "NAME.tmp.PID", pattern: /^(?<target>.+)\.tmp[.-](?<pid>\d{1,10})$/ },
  { scheme: "NAME.PID.tmp", pattern: /^(?<target>.+)\.(?<pid>\d{1,7})\.tmp$/ },
  { scheme: "NAME.tmp.RANDOM", pattern: new RegExp(`^(?<target>.+)\\.(?:tmp|temp)[.-]${random}$`) },
  { scheme: "NAME.RANDOM.tmp", pattern: new RegExp(`^(?<target>.+)[.-]${uuid}\\.(?:tmp|temp)$`) },
  {
    scheme: "NAME.RANDOM.tmp",
    pattern: /^(?<target>.+\.[a-z]{1,8})\.(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{6,32}\.(?:tmp|temp)$/,
  },
  { scheme: "steno", pattern: /^\.(?<target>.+)\.tmp$/ },
  { scheme: "NAME.tmp", pattern: /^(?<target>.+)\.(?:tmp|temp)$/ },
  { scheme: "write-file-atomic", pattern: /^(?<target>.*\D.*)\.(?<hash>\d{7,10})$/ },
];

/** Backups and work files of editors and people: no temps, and never touched. */
const editors: readonly RegExp[] = [
  /^\..+\.sw[a-p]$/, // vim
  /^4913$/, // vim's probe
  /^#.+#$/, // emacs, auto-save
  /^\.#/, // emacs, lock
  /~$/, // emacs, vim, gedit, nano
  /\.~\d+~$/, // emacs, numbered
  /^\.~lock\..+#$/, // LibreOffice
  /\.(?:bak|backup|orig|rej|old|save|kate-swp)(?:[.-]?\d+)?$/i,
  /^\..+\.kate-swp$/,
];

/** What every orphan's and every editor's file has in its name, one way or another; most names have none of it. */
const telltale = /^[.#]|te?mp|[\d~#]$|(?:bak|backup|orig|rej|old|save|kate-swp)$/i;

/** Whether a name is neither an orphan's nor an editor's file, without a closer look. `false` says nothing. */
export function isOrdinary(name: string): boolean {
  return !telltale.test(name);
}

const largestHash = 2 ** 32 - 1;

/** What a file's name says it is: an editor's backup or work file. */
export function isEditorFile(name: string): boolean {
  return parseTempName(name) === undefined && editors.some((pattern) => pattern.test(name));
}

/** Reads an orphan's name; `undefined` for any other file. `mtimeMs` tells a hash from a time that somebody appended. */
export function orphanNameOf(name: string, mtimeMs: number): OrphanName | undefined {
  const own = parseTempName(name);
  if (own !== undefined) return { scheme: "untorn", target: own.base, pid: own.owner.pid, own };
  if (editors.some((pattern) => pattern.test(name))) return undefined;
  for (const { scheme, pattern } of rules) {
    const groups = pattern.exec(name)?.groups as Record<string, string | undefined> | undefined;
    if (groups === undefined && !pattern.test(name)) continue;
    const { target, pid, hash } = groups ?? {};
    if (hash !== undefined && !isHash(hash, mtimeMs)) return undefined;
    return { scheme, target, pid: pid === undefined ? undefined : Number(pid), own: undefined };
  }
  return undefined;
}

const dayMs = 86_400_000;
const month = "(?:0[1-9]|1[0-2])";
const day = "(?:0[1-9]|[12]\\d|3[01])";
const hour = "(?:[01]\\d|2[0-4])";

/**
 * How dates are written into the names of logs and backups, as far as seven to ten digits say them: the day of a year, a day with
 * whatever is behind it (a number, an hour), the day first or the month first, and short years down to the minute.
 */
const dates = new RegExp(
  `^(?:(?:19|20)\\d\\d(?:[0-3]\\d\\d|${month}${day}\\d?|${month}${day}${hour})|(?:${day}${month}|${month}${day})(?:19|20)\\d\\d|` +
    `\\d\\d${month}${day}${hour}(?:[0-5]\\d)?)$`,
);

/**
 * A 32-bit hash, and not a date or a time that says when a copy was made: rotated logs and backups are named so. A log that is named by
 * the second in which it was begun may be written to for long after that. What is taken for a date here is only left alone.
 */
function isHash(digits: string, mtimeMs: number): boolean {
  const value = Number(digits);
  if (value > largestHash || digits.startsWith("0") || dates.test(digits)) return false;
  const ageMs = mtimeMs - value * 1000;
  return ageMs < -dayMs || ageMs > 366 * dayMs;
}
