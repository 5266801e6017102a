import { checkOptions, optionNames } from "../atomic/index.ts";
import { invalidArgument } from "../platform/index.ts";
import type { WatchOptions } from "../store/index.ts";
import type { StandardSchema } from "../update/index.ts";

export type Migrate = (document: Record<string, unknown>, from: number) => unknown;

export interface StateOptions<T> {
  /** Any Standard Schema (zod, valibot, arktype, ...) of the value: the document without its version. */
  readonly schema: StandardSchema<T>;
  /** What the value is while nothing is stored. It is not stored before the first update. */
  readonly initial: T | (() => T);
  /** The version that this program writes. Default 1. A document without a version has 0. */
  readonly version?: number;
  /**
   * The top-level field that holds the version. Default `version`. The schema does not see it. `false`: the document has none
   * and gets none, because its form is not this program's own; then every document is taken to be of this version.
   */
  readonly versionField?: string | false;
  /** Makes a document of an older version into one of this version; without it the schema takes old ones as they are. */
  readonly migrate?: Migrate;
  /** How many earlier contents are kept. Default 20. */
  readonly keep?: number;
  /** Refuse a document in which an object has a name twice (UNTORN_CORRUPT): the value shows the last one only. Default false. */
  readonly uniqueNames?: boolean;
}

/** The value as it is stored now. */
export interface Snapshot<T> {
  readonly value: T;
  /** Etag of the stored document; `null` while nothing is stored. */
  readonly etag: string | null;
  /** The version that the document has; higher than this program's if a newer one wrote it. */
  readonly version: number;
}

/** A typed value in a store. */
export interface State<T> {
  /**
   * The value; one of an older version is migrated, and stored so, in one commit that keeps the old content.
   *
   * @throws UntornError UNTORN_CORRUPT if it is no JSON or not what the schema takes; UNTORN_NEWER if a newer version wrote it
   * and the schema does not take it. Nothing is stored then.
   */
  read(): Promise<Snapshot<T>>;
  /**
   * Changes the value: `change` gets a draft, and changes it or returns another one. It is run again if somebody else was
   * first, so it should do nothing else. The old content is kept; fields that the schema does not know stay as they are.
   *
   * @throws UntornError UNTORN_INVALID if the schema refuses the new value, or what JSON makes of it; UNTORN_NEWER if a newer version
   * wrote the old one; UNTORN_CORRUPT as `read`; UNTORN_CONFLICT if somebody else was first a hundred times. Nothing is stored then.
   */
  update(change: (draft: T) => T | void | Promise<T | void>): Promise<Snapshot<T>>;
  /** The value as it is after each change, so of changes that follow each other quickly the newest one again; see `Store.watch`. */
  watch(options?: WatchOptions): AsyncIterable<Snapshot<T>>;
  /** The earlier contents that are kept, newest first. */
  history(): Promise<StateHistory[]>;
  /**
   * Puts the newest earlier content back and takes it from the history, so that the next one goes further back. What was
   * there is gone.
   *
   * @throws UntornError UNTORN_NOT_FOUND if there is none; UNTORN_NEWER.
   */
  undo(): Promise<Snapshot<T>>;
}

/** One earlier content. */
export interface StateHistory {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** A version or a limit that is none would be found out when something is stored already. */
export function checkState<T>(key: string, options: StateOptions<T>): void {
  checkOptions(key, options, optionNames.state);
  const { schema, version, keep, versionField } = options as Partial<StateOptions<T>>;
  const whole = (value: unknown, least: number): boolean =>
    value === undefined || (Number.isSafeInteger(value) && (value as number) >= least);
  if (schema === undefined) throw invalidArgument(key, "option schema is missing");
  if (!whole(version, 1)) throw invalidArgument(key, "option version takes a whole number from 1");
  if (!whole(keep, 0)) throw invalidArgument(key, "option keep takes a whole number from 0");
  if (versionField !== undefined && versionField !== false && (typeof versionField !== "string" || versionField === ""))
    throw invalidArgument(key, "option versionField takes the name of a field, or false");
}
