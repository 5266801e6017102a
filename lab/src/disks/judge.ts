import { readdirSync } from "node:fs";
import { callsOn, newPort } from "../untorn.ts";
import type { Failure } from "./attempt.ts";
import { operations, Torn } from "./operations.ts";
import type { Operation, OperationName } from "./operations.ts";

/**
 * What the library leaves while it works, by its names alone: temps, staged files, backups, journals, and records in the
 * folders of locks. What recovery has put into the quarantine is there on purpose, and so is, for some milliseconds, the
 * empty folder of a lock that may be taken again.
 */
export function leftovers(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => {
    if (path.includes(".untorn/quarantine/")) return false;
    return /\.untorn\.[^/]*\.(?:tmp|part|bak)$|\.journal$|\.untorn\.lock\//.test(path);
  });
}

/** Whether a filesystem that has had an error answers nothing any more. */
export function isUnreadable(error: unknown): boolean {
  return ["EIO", "ESHUTDOWN"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** The versions that the files show, or why they are none; `undefined` where nothing can be read. */
export function look(
  operation: OperationName,
  folder: string,
  newest: number,
  unknown = false,
): number[] | string | undefined {
  const how: Operation = operations[operation];
  try {
    return unknown && how.lookBefore !== undefined ? how.lookBefore(folder, newest) : how.look(folder, newest);
  } catch (error) {
    if (error instanceof Torn) return error.message;
    if (isUnreadable(error)) return undefined;
    // What is no JSON is as torn as what is no version.
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

export interface Case {
  readonly operation: OperationName;
  readonly folder: string;
  readonly version: number;
  /** What a look showed before the call. */
  readonly before: readonly number[];
  /** The codes that this disk may be refused with. */
  readonly codes: readonly string[];
}

const same = (one: readonly number[] | string | undefined, other: readonly number[]): boolean =>
  one === undefined || (Array.isArray(one) && one.join() === other.join());

/** Where each outcome says that the content is. */
const sentences = {
  unchanged: /What was there is unchanged|Nothing was (?:written|touched|changed)/,
  replaced: /The new content is in place/,
  unknown: /read the file before you go on|could not be|part of the way/,
} as const;

/** What is wrong with an answer, and with what is on the disk right after it. Nothing is asked of the library. */
export function problemsOf(given: Case, failure: Failure, blind = false): string[] {
  const { operation, folder, version, before, codes } = given;
  const now = blind ? undefined : look(operation, folder, version, failure?.outcome === "unknown");
  const after = operations[operation].after(before, version);
  const shown = `shows ${Array.isArray(now) ? `versions ${now.join()}` : String(now)}`;
  if (failure === undefined) return same(now, after) ? [] : [`it succeeded, and the disk ${shown}`];
  const problems: string[] = [];
  if (!codes.includes(failure.code)) problems.push(`the code is ${failure.code}`);
  const fits =
    (failure.outcome !== "replaced" && same(now, before)) || (failure.outcome !== "unchanged" && same(now, after));
  // A transaction that is half applied is completed by the next call, and says so.
  const incomplete = failure.outcome === "unknown" && failure.code === "UNTORN_INCOMPLETE";
  if (!fits && !incomplete) problems.push(`the outcome is ${failure.outcome}, and the disk ${shown}`);
  if (!sentences[failure.outcome].test(failure.message)) problems.push("the message does not say what is on the disk");
  if (!/\. [A-Z][^.]+.*\.$/.test(failure.message)) problems.push("the message does not say what to do");
  return problems.map((problem) => `${problem}: ${failure.message}`);
}

/** Recovery by a process that has found the writer dead. Returns what it could not do. */
export async function recoverAll(folder: string): Promise<string[]> {
  const port = Object.create(newPort(), { liveness: { value: () => "dead" } }) as ReturnType<typeof newPort>;
  const report = await callsOn(port).recoveries.recover(folder, { apply: true, quietMs: 0 });
  return report.actions.filter(({ outcome }) => outcome === "failed").map((action) => JSON.stringify(action));
}
