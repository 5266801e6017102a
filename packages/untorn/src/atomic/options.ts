import { checkPath, invalidArgument } from "../platform/index.ts";
import type { SymlinkPolicy } from "./target.ts";

/**
 * How much survives a power cut; the names mean what SQLite's `PRAGMA synchronous` means by FULL, NORMAL and OFF.
 * - `full`: the file and every directory entry that leads to it are synced before the call returns.
 * - `normal`: the file is synced, the directory is not: after a power cut it is the old or the new content.
 * - `off`: nothing is synced: safe against a crash of the process, not against a power cut.
 */
export type Durability = "full" | "normal" | "off";

export interface DurabilityOption {
  /** Default `full`. */
  readonly durability?: Durability;
}

export interface WriteOptions extends DurabilityOption {
  /** Permission bits, exact (the umask does not apply). Default: those of the file that is there, else 0666 less the umask. */
  readonly mode?: number;
  /** Owner and group. Default: those of the file that is there, as far as the process may set them. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Default `follow`. */
  readonly symlinks?: SymlinkPolicy;
  /** A file with several names: replace this one only (`break`, the default), or `refuse`. */
  readonly hardlinks?: "break" | "refuse";
  /** Replace only if the content now has this etag (SHA-256 in hex). */
  readonly ifMatch?: string;
  /** Create only: fails with UNTORN_EXISTS where the name is taken, also under a race. */
  readonly ifAbsent?: boolean;
  /** Leave the file alone where it has this very content, and the `mode` and `owner` asked for; it is still synced. */
  readonly skipUnchanged?: boolean;
  /** Make missing directories. */
  readonly mkdir?: boolean;
  /** Honoured until the commit point; after it the call completes. */
  readonly signal?: AbortSignal;
  /** Encoding of text. Default `utf8`. */
  readonly encoding?: BufferEncoding;
  /** Newest wins: while a write of this file is under way, later ones collapse into one; all callers get its receipt. */
  readonly coalesce?: boolean;
  /**
   * `journaled`: where the file cannot be replaced (a single file mounted into a container: EBUSY), keep a synced copy of
   * the old content beside it and rewrite it in place. Readers may see a mix while that lasts, which is why it has to be
   * asked for; a crash in the middle is undone by the next such write or by recovery.
   */
  readonly inPlace?: "journaled";
  /**
   * Keeps so many earlier contents, whole ones only, under `.untorn/generations` beside the file (`untorn history`, `restore`);
   * 0 to 1000. A content is a second name of the replaced file, not a copy, where the filesystem has hard links.
   */
  readonly generations?: number;
}

export interface RemoveOptions extends DurabilityOption {
  /** Remove only if the content now has this etag. */
  readonly ifMatch?: string;
  /** Do not fail where there is no such file. */
  readonly force?: boolean;
}

export interface RenameOptions extends DurabilityOption {
  /** Fail with UNTORN_EXISTS where the new name is taken, also under a race. */
  readonly ifAbsent?: boolean;
  /** Make missing directories. */
  readonly mkdir?: boolean;
}

export interface ReadOptions {
  /** Decode to text, strictly: bytes that are not valid are UNTORN_CORRUPT. `utf8` or `utf-8`. */
  readonly encoding?: "utf8" | "utf-8";
  /** Whether an empty file is good content. Default `false`: zero bytes are what a power cut leaves. */
  readonly allowEmpty?: boolean;
  /** Honoured between reads. */
  readonly signal?: AbortSignal;
}

type Check = (value: unknown) => string | undefined;

const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string) ? undefined : `takes ${values.map((name) => `'${name}'`).join(", ")}`;
const flag: Check = (value) => (typeof value === "boolean" ? undefined : "takes true or false");
const callable: Check = (value) => (typeof value === "function" ? undefined : "takes a function");
const atLeastNothing: Check = (value) =>
  typeof value === "number" && value >= 0 ? undefined : "takes a number of 0 or more";
const isSchema = (value: unknown): boolean => typeof value === "object" && value !== null && "~standard" in value;
/** What it must be is known, and checked, where it is used. */
const checkedInUse: Check = () => undefined;
/** The largest number means "leave it as it is" to chown(2). */
const isId = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32 - 1;

/** More than this would be a log; every write lists them. */
export const mostGenerations = 1000;

const checks = {
  durability: oneOf("full", "normal", "off"),
  mode: (value) => (isId(value) && (value as number) <= 0o7777 ? undefined : "takes permission bits, 0 to 0o7777"),
  owner: (value) => {
    const owner = value as { uid?: unknown; gid?: unknown } | null;
    return typeof owner === "object" && owner !== null && isId(owner.uid) && isId(owner.gid)
      ? undefined
      : "takes { uid, gid }, two numbers";
  },
  symlinks: oneOf("follow", "replace", "refuse"),
  hardlinks: oneOf("break", "refuse"),
  ifMatch: (value) =>
    typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? undefined : "takes an etag: 64 hex digits (SHA-256)",
  ifAbsent: flag,
  generations: (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= mostGenerations
      ? undefined
      : `takes a whole number from 0 to ${mostGenerations}`,
  skipUnchanged: flag,
  mkdir: flag,
  signal: (value) => (value instanceof AbortSignal ? undefined : "takes an AbortSignal"),
  encoding: (value) =>
    typeof value === "string" && Buffer.isEncoding(value) ? undefined : "takes a name of an encoding, such as 'utf8'",
  coalesce: flag,
  copy: flag,
  dryRun: flag,
  inPlace: oneOf("journaled"),
  force: flag,
  allowEmpty: flag,
  onConflict: oneOf("retry", "fail"),
  validate: (value) =>
    typeof value === "function" || isSchema(value) ? undefined : "takes a function or a Standard Schema",
  allowShrink: flag,
  lockTimeoutMs: atLeastNothing,
  purpose: (value) => (typeof value === "string" ? undefined : "takes text"),
  whileFree: (value) => (typeof value === "string" ? undefined : "takes the key of a lease"),
  timeoutMs: atLeastNothing,
  quietMs: atLeastNothing,
  limit: atLeastNothing,
  shared: flag,
  detached: flag,
  apply: flag,
  comments: flag,
  uniqueNames: flag,
  openTelemetry: flag,
  onProgress: callable,
  onFinding: callable,
  onAction: callable,
  migrate: callable,
  schema: (value) =>
    typeof value === "function" || isSchema(value) ? undefined : "takes a Standard Schema (zod, valibot, arktype, ...)",
  maxEntries: checkedInUse,
  maxBytes: checkedInUse,
  fence: checkedInUse,
  since: checkedInUse,
  meter: checkedInUse,
  policy: checkedInUse,
  initial: checkedInUse,
  version: checkedInUse,
  versionField: checkedInUse,
  keep: checkedInUse,
  seed: checkedInUse,
  histories: checkedInUse,
  remember: (value) =>
    Number.isSafeInteger(value) && (value as number) >= 1 ? undefined : "takes a whole number from 1",
  pollMs: (value) => (Number.isFinite(value) && (value as number) >= 1 ? undefined : "takes milliseconds, from 1"),
} satisfies Record<string, Check>;

type OptionName = keyof typeof checks;

export const optionNames = {
  write: [
    "durability",
    "mode",
    "owner",
    "symlinks",
    "hardlinks",
    "ifMatch",
    "ifAbsent",
    "skipUnchanged",
    "mkdir",
    "signal",
    "encoding",
    "coalesce",
    "inPlace",
    "generations",
  ],
  remove: ["durability", "ifMatch", "force"],
  rename: ["durability", "ifAbsent", "mkdir"],
  read: ["encoding", "allowEmpty", "signal"],
  update: [
    "durability",
    "mode",
    "mkdir",
    "signal",
    "onConflict",
    "validate",
    "allowEmpty",
    "allowShrink",
    "generations",
    "lockTimeoutMs",
    "purpose",
  ],
  append: ["durability", "mkdir", "signal", "lockTimeoutMs", "maxEntries", "maxBytes"],
  transaction: ["durability", "onConflict", "lockTimeoutMs", "purpose", "generations", "dryRun"],
  store: ["lockTimeoutMs", "remember", "pollMs"],
  storeCommit: ["fence"],
  storeTransaction: ["onConflict", "lockTimeoutMs", "purpose", "generations", "fence", "whileFree"],
  lease: ["timeoutMs", "signal"],
  directoryLease: ["timeoutMs", "signal", "purpose", "detached"],
  watch: ["since", "signal"],
  memoryStore: ["remember"],
  storeContract: ["seed", "histories"],
  state: ["schema", "initial", "version", "versionField", "migrate", "keep", "uniqueNames"],
  lock: ["timeoutMs", "signal", "purpose", "shared"],
  scan: ["quietMs", "onProgress", "onFinding", "limit"],
  recover: ["quietMs", "onProgress", "onFinding", "limit", "apply", "policy", "onAction"],
  restore: ["durability", "lockTimeoutMs"],
  retention: ["maxEntries", "maxBytes"],
  json: ["comments"],
  monitor: ["meter", "openTelemetry"],
  transactionWrite: ["mode", "encoding", "generations", "ifMatch", "ifAbsent", "copy"],
} as const satisfies Record<string, readonly OptionName[]>;

/** Checks every option before anything is touched; a misspelt one is answered with the right spelling. */
export function checkOptions(path: unknown, options: unknown, allowed: readonly string[]): asserts path is string {
  checkPath(path);
  if (typeof options !== "object" || options === null) {
    throw invalidArgument(path, `options takes an object, such as { ${allowed[0] ?? "name"}: ... }`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!allowed.includes(name)) throw invalidArgument(path, unknownOption(name, allowed));
    const complaint = checks[name as OptionName](value);
    if (complaint !== undefined) throw invalidArgument(path, `option ${name} ${complaint}`);
  }
}

function unknownOption(name: string, allowed: readonly string[]): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, "");
  const meant = allowed.find(
    (other) => plain(other) === plain(name) || (name.length >= 4 && plain(other).startsWith(plain(name).slice(0, 4))),
  );
  const hint = meant === undefined ? `it takes ${allowed.join(", ")}` : `did you mean ${meant}?`;
  return `there is no option ${name}; ${hint}`;
}
