import { etagOf, isTempFor, parseTempName } from "../atomic/index.ts";
import { workFolder } from "../lock/index.ts";
import { recordIn, UntornError } from "../platform/index.ts";
import { insidePath } from "./places.ts";

/**
 * The journal: one JSON record per line, so that a person can read it, closed by a digest of all that is above it. Only
 * a whole journal with a matching digest counts. Paths are relative to the root, with `/`.
 *
 *     {"untorn":"journal","version":1,"transaction":"ID"}
 *     {"op":"mkdir","path":"phases"}
 *     {"op":"put","path":"STATE.md","staged":".untorn/.STATE.md.untorn.….tmp","etag":"…","before":"…"}
 *     {"op":"remove","path":"backlog/old.md","before":"…"}
 *     {"op":"rmdir","path":"backlog"}
 *     {"sha256":"…"}
 */
export interface Journal {
  readonly transaction: string;
  readonly steps: readonly Step[];
}

/** One change, in the order in which they are applied: directories, new contents, removals, directories that are empty then. */
export type Step =
  | { readonly op: "mkdir"; readonly path: string }
  | {
      readonly op: "put";
      readonly path: string;
      /** Where the new content waits, relative to the root. */
      readonly staged: string;
      /** SHA-256 of the new content. */
      readonly etag: string;
      /** SHA-256 of the content that it replaces; `null` if there is none. */
      readonly before: string | null;
    }
  | { readonly op: "remove"; readonly path: string; readonly before: string }
  | { readonly op: "rmdir"; readonly path: string };

export type PutStep = Extract<Step, { op: "put" }>;

const version = 1;

export function journalName(transaction: string): string {
  return `${transaction}.journal`;
}

/** All lines but the last. With no steps it is the first line, which raises the journal before they are known. */
export function journalBody(journal: Journal): string {
  const header = { untorn: "journal", version, transaction: journal.transaction };
  return [header, ...journal.steps].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The line that makes a journal whole. */
export function closingLine(body: string): string {
  return `${JSON.stringify({ sha256: etagOf(Buffer.from(body)) })}\n`;
}

/**
 * What reading a journal can come to. `unfinished`: it ends before its closing line, as one whose writer was stopped does.
 * `over`: it is empty: it has ended, or has not begun.
 * `torn`: it is not what anybody writes: a power cut or damage; the reason is for people.
 */
export type JournalReading =
  | { readonly state: "whole"; readonly journal: Journal }
  | { readonly state: "unfinished"; readonly steps: readonly Step[] }
  | { readonly state: "over" }
  | { readonly state: "torn"; readonly reason: string }
  | { readonly state: "newer"; readonly version: number };

export function readJournal(bytes: Uint8Array, root: { readonly path: string }): JournalReading {
  if (bytes.byteLength === 0) return { state: "over" };
  const text = Buffer.from(bytes).toString();
  const lines = text.split("\n");
  const rest = lines.pop();
  const header = recordIn(lines[0]);
  const written = header?.["version"];
  if (typeof written === "number" && written > version) return { state: "newer", version: written };
  if (text.includes("\0")) return torn("there are NULs in it");
  const closing = recordIn(lines.at(-1));
  if (typeof closing?.["sha256"] !== "string") return { state: "unfinished", steps: stepsIn(lines.slice(1), root) };
  if (rest !== "" || header?.["untorn"] !== "journal") return torn("it has the wrong first or last line");
  const body = text.slice(0, text.length - (lines.at(-1) as string).length - 1);
  if (closing["sha256"] !== etagOf(Buffer.from(body))) return torn("its digest does not match");
  const steps: Step[] = [];
  for (const line of lines.slice(1, -1)) {
    const step = checkedStep(recordIn(line), root);
    if (typeof step === "string") return torn(step);
    steps.push(step);
  }
  return { state: "whole", journal: { transaction: String(header["transaction"]), steps } };
}

/** What can be read of the steps of a journal that has no end. */
function stepsIn(lines: readonly string[], root: { readonly path: string }): Step[] {
  return lines.map((line) => checkedStep(recordIn(line), root)).filter((step) => typeof step !== "string");
}

function torn(reason: string): JournalReading {
  return { state: "torn", reason };
}

/** A journal may come from anybody who can write to the folder, so nothing in it may lead out of the root. */
function checkedStep(raw: Record<string, unknown> | undefined, root: { readonly path: string }): Step | string {
  try {
    const path = insidePath(root, raw?.["path"]);
    const before = raw?.["before"];
    switch (raw?.["op"]) {
      case "mkdir":
      case "rmdir":
        return { op: raw["op"], path };
      case "put": {
        const { staged, etag } = raw as { staged: string; etag: string };
        if (!isStagedPath(staged, path))
          return `the staged file ${JSON.stringify(staged)} is not one of untorn's for ${path}`;
        return { op: "put", path, staged, etag, before: typeof before === "string" ? before : null };
      }
      case "remove":
        return { op: "remove", path, before: String(before) };
      default:
        return "it has a step of an unknown kind";
    }
  } catch (error) {
    return error instanceof UntornError ? error.message : String(error);
  }
}

/** Staged content waits in the work folder, or, on another filesystem, beside its target or in the nearest folder above that was there. */
function isStagedPath(staged: unknown, path: string): boolean {
  if (typeof staged !== "string") return false;
  const cut = staged.lastIndexOf("/");
  const directory = staged.slice(0, Math.max(cut, 0));
  const base = path.slice(path.lastIndexOf("/") + 1);
  const temp = parseTempName(staged.slice(cut + 1));
  const isAbove = directory === "" || path.startsWith(`${directory}/`);
  return temp !== undefined && isTempFor(temp, base) && (directory === workFolder || isAbove);
}
