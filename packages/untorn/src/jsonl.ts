import { absolute } from "./atomic/index.ts";
import type { Receipt } from "./atomic/index.ts";
import { formatLine, keepLast, parseLines, repair, splitTail } from "./documents/jsonl/index.ts";
import type { Line, Repaired, Retention } from "./documents/jsonl/index.ts";
import { files } from "./machine.ts";
import { Appender, bytesCodec, documentsOn } from "./update/index.ts";
import type { AppendOptions, AppendReceipt, UpdateOptions } from "./update/index.ts";

export * from "./documents/jsonl/index.ts";
export type { AppendOptions, AppendReceipt } from "./update/index.ts";

const records = new Appender(files, (lastLine) => (splitTail(lastLine).state === "torn" ? "torn" : "unterminated"));
/** Of a line of plain text nobody can tell whether it was cut off: it gets its line end. */
const text = new Appender(files, () => "unterminated");
const bytes = documentsOn(files, bytesCodec);

/**
 * Appends a record to a log in JSON Lines form: one write, whole or not at all, safe among processes. Calls that come while
 * one is under way share the next write and its sync. A last line that an earlier crash cut off is set aside (the receipt says
 * where), and never glued to the new record. If it fails, the log is as it was, unless the error's `outcome` says otherwise.
 */
export function appendLine(path: string, value: unknown, options: AppendOptions = {}): Promise<AppendReceipt> {
  return appendLines(path, [value], options);
}

/** As `appendLine`, several records in one write. */
export async function appendLines(
  path: string,
  values: readonly unknown[],
  options: AppendOptions = {},
): Promise<AppendReceipt> {
  return records.append(absolute(path), encoded(path, values), options);
}

/** As `appendLine`, on the calling thread. */
export function appendLineSync(path: string, value: unknown, options: AppendOptions = {}): AppendReceipt {
  return records.appendSync(absolute(path), encoded(path, [value]), options);
}

/** Appends lines of plain text; each gets its line end. A line end inside one makes two of it. */
export async function appendText(
  path: string,
  lines: readonly string[],
  options: AppendOptions = {},
): Promise<AppendReceipt> {
  return text.append(absolute(path), Buffer.from(lines.map((line) => `${line}\n`).join("")), options);
}

/** The records of a log, one after another; a bad line comes as such, with its place and error, and the rest goes on. */
export async function* readLines(path: string): AsyncGenerator<Line, void, undefined> {
  const { data } = await files.readFile(path, { allowEmpty: true });
  yield* parseLines(data, { path });
}

/** Keeps the newest records of a log, as one replace; returns what was dropped. A log that is small enough is left alone. */
export async function rotateLog(
  path: string,
  retention: Retention,
  options: UpdateOptions<Uint8Array> = {},
): Promise<{ droppedEntries: number; droppedBytes: number; receipt: Receipt }> {
  let dropped = { droppedEntries: 0, droppedBytes: 0 };
  const { receipt } = await bytes.update(
    path,
    (current = new Uint8Array(0)) => {
      const { bytes: kept, ...rest } = keepLast(current, retention, { path });
      dropped = rest;
      return kept;
    },
    options,
  );
  return { ...dropped, receipt };
}

/**
 * Takes the bad lines out of a log. They are written, byte for byte, to a file beside it first (`NAME.bad`, appended to), and
 * only then taken out, as one replace. Returns the bad lines with their places; a good log is left alone.
 */
export async function repairLog(
  path: string,
  options: UpdateOptions<Uint8Array> = {},
): Promise<{ bad: Repaired["bad"]; records: number; keptIn: string | undefined }> {
  let result: Repaired | undefined;
  const keptIn = `${absolute(path)}.bad`;
  await bytes.update(
    path,
    async (current = new Uint8Array(0)) => {
      result = repair(current, { path });
      if (result.bad.length > 0) {
        const lines = result.bad.map((line) =>
          Buffer.from(line.bytes)
            .toString("latin1")
            .replace(/\r?\n$/, ""),
        );
        await text.append(keptIn, Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1"), {});
      }
      return result.good;
    },
    options,
  );
  const { bad = [], records: count = 0 } = result ?? {};
  return { bad, records: count, keptIn: bad.length > 0 ? keptIn : undefined };
}

function encoded(path: string, values: readonly unknown[]): Uint8Array {
  return Buffer.from(values.map((value) => formatLine(value, { path })).join(""));
}
