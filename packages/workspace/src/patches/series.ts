import { isUntornError } from "untorn";
import type { Transaction } from "untorn";
import { formatJson, parseJson } from "untorn/json";
import { corruptState, isObject, missingState } from "../ground/index.ts";

/** A patch of a series. */
export interface PatchRecord {
  /** `0001`: given once. */
  number: string;
  title: string;
  /** Its file, relative to the folder of the patches. */
  file: string;
  created: string;
  /** `null` while it is not applied. */
  applied: AppliedPatch | null;
  [member: string]: unknown;
}

/** How a patch was applied. */
export interface AppliedPatch {
  at: string;
  /** The most fuzz and the largest offset that a hunk needed; 0 and 0: exact. */
  fuzz: number;
  offset: number;
  files: AppliedFile[];
}

/** What a file was and is: SHA-256 in hex, `null` where there is none. */
export interface AppliedFile {
  from: string | null;
  to: string | null;
  before: string | null;
  after: string | null;
  /** The permission bits of a file that the patch removed. */
  mode?: number;
}

/** What `series.json` holds. */
export interface Series {
  version: number;
  next: number;
  patches: PatchRecord[];
  [member: string]: unknown;
}

/** The series as a transaction sees it; `undefined` text is a file that is not there. `beside`: the names in its folder. */
export function parseSeries(text: string | undefined, path: string, beside: () => readonly string[]): Series {
  const advice = "The patches themselves are beside it; put a whole copy in its place.";
  if (text === undefined) {
    // Numbers are given once: to begin anew would give them again.
    if (beside().some((name) => patchFile.test(name)))
      throw corruptState(path, "it is gone, and there are patches", advice);
    return { version: 1, next: 1, patches: [] };
  }
  let series: unknown;
  try {
    series = parseJson(text, { path });
  } catch (error) {
    if (!isUntornError(error)) throw error;
    throw corruptState(path, "it is not JSON", advice, error);
  }
  const { next, patches } = isObject(series) ? series : {};
  if (!Number.isSafeInteger(next) || !Array.isArray(patches) || !patches.every(isRecord)) {
    throw corruptState(path, "it is not a series of patches", advice);
  }
  return series as Series;
}

const patchFile = /^\d{4,9}-[\w-]*\.patch$/;

function isRecord(each: unknown): each is PatchRecord {
  if (!isObject(each)) return false;
  const { number, title, file, applied } = each;
  if (typeof number !== "string" || typeof title !== "string") return false;
  if (typeof file !== "string" || !patchFile.test(file)) return false;
  return applied === null || (isObject(applied) && typeof applied["at"] === "string" && areFiles(applied["files"]));
}

function areFiles(files: unknown): boolean {
  const isName = (value: unknown): boolean => value === null || typeof value === "string";
  return Array.isArray(files) && files.every((each) => isObject(each) && isName(each["from"]) && isName(each["to"]));
}

export async function writeSeries(tx: Transaction, path: string, series: Series): Promise<void> {
  await tx.write(path, formatJson(series));
}

/** The patch of a number; `1` is `0001`. */
export function findPatch(series: Series, number: string, path: string): PatchRecord {
  const found = series.patches.find((patch) => Number(patch.number) === Number(number) && /^\d+$/.test(number));
  if (found === undefined) throw missingState(path, `there is no patch ${number}`, "`untorn patch list` lists them.");
  return found;
}
