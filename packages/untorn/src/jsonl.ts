import {
  absolute,
  checkOptions,
  encodeExactly,
  openRegular,
  optionNames,
  quietly,
  readPiece,
  within,
} from "./atomic/index.ts";
import type { Receipt } from "./atomic/index.ts";
import { formatLine, judgeRecord, keepLast, LineReader, parseLines, repair } from "./documents/jsonl/index.ts";
import type { Line, Repaired, Retention } from "./documents/jsonl/index.ts";
import { files } from "./machine.ts";
import { invalidArgument, UntornError } from "./platform/index.ts";
import { call, pause, runAsync, stopwatch } from "./protocol/index.ts";
import { anyBytesCodec, Appender, documentsOn } from "./update/index.ts";
import type { AppendOptions, AppendReceipt, UpdateOptions } from "./update/index.ts";

export * from "./documents/jsonl/index.ts";
export type { AppendOptions, AppendReceipt } from "./update/index.ts";

const records = new Appender(files, { judge: judgeRecord, retain: keepLast });
/** Of a line of plain text nobody can tell whether it was cut off: it gets its line end. */
const text = new Appender(files, {
  judge: (_, hasLineEnd) => (hasLineEnd ? "good" : "unterminated"),
  retain: (bytes, limits) => keepLast(bytes, limits, { blankLines: true }),
});
const logs = documentsOn(files, anyBytesCodec);

/**
 * Appends a record to a log in JSON Lines form: one write, whole or not at all, safe among processes. Calls that come while
 * one is under way share the next write and its sync. A last line that an earlier crash cut off is set aside (the receipt says
 * where), and never glued to the new record. With `maxEntries` or `maxBytes`, an append that takes the log over it is one
 * replace, which drops the oldest records. If it fails, the log's records are as they were (a line that was cut off may
 * be aside already: the error says where), unless its `outcome` says otherwise.
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
  checkAppend(path, options);
  const bytes = encoded(path, values);
  return records.append(absolute(path), bytes, options);
}

/** As `appendLine`, on the calling thread. */
export function appendLineSync(path: string, value: unknown, options: AppendOptions = {}): AppendReceipt {
  checkAppend(path, options);
  const bytes = encoded(path, [value]);
  return records.appendSync(absolute(path), bytes, options);
}

/**
 * As `appendLines`, for records that are JSON text already: they go into the log as they are written, numbers of any size
 * included. Each must be one JSON value on one line.
 *
 * @throws UntornError UNTORN_INVALID_ARGUMENT, naming the first that is not, and nothing is appended.
 */
export async function appendJsonText(
  path: string,
  texts: readonly string[],
  options: AppendOptions = {},
): Promise<AppendReceipt> {
  checkAppend(path, options);
  for (const [index, record] of texts.entries()) checkRecord(path, record, index + 1);
  return records.append(absolute(path), Buffer.from(texts.map((record) => `${record}\n`).join("")), options);
}

/** Half of a surrogate pair can only stand in a string, where UTF-8 has no bytes for it. */
function checkRecord(path: string, record: string, number: number): void {
  const [line] = parseLines(encodeExactly(`${record}\n`, "utf8", path), { path });
  if (line?.ok === true && !record.includes("\n")) return;
  const problem = `record ${number} is not one line of JSON${line?.ok === false ? ` (column ${line.error.position?.column ?? 1})` : ""}`;
  throw invalidArgument(path, problem);
}

/**
 * Appends lines of plain text; each gets its line end. A line end inside one makes two of it. Otherwise as `appendLine`; but
 * nobody can tell whether a last line without line end was cut off, so it gets its line end and stays.
 */
export async function appendText(
  path: string,
  lines: readonly string[],
  options: AppendOptions = {},
): Promise<AppendReceipt> {
  checkAppend(path, options);
  const whole = lines.map((line) => `${line}\n`).join("");
  return text.append(absolute(path), encodeExactly(whole, "utf8", path), options);
}

/** Throws for a path, an option or a limit that is none, before anything is touched. */
function checkAppend(path: string, options: AppendOptions): void {
  checkOptions(path, options, optionNames.append);
  const { maxEntries, maxBytes } = options;
  keepLast("", { maxEntries, maxBytes }, { path });
}

/** One read of a log; a thread of its own reads pieces of more than 256 KiB. */
const pieceBytes = 1024 * 1024;
/** A last line that does not parse is looked at again this often, and so long after it last grew, in milliseconds. */
const lookEveryMs = 20;
const quietMs = 60;
const lookForMs = 1_000;

/**
 * The records of a log, one after another, a piece of the file at a time; a bad line comes as such, with its place and
 * error, and the rest goes on. A last line that does not parse is looked at again for a moment: somebody may just be
 * writing it. A log that is replaced meanwhile is read to its end as it was.
 *
 * @throws UntornError UNTORN_NOT_FOUND where there is no log, with the first record that is asked for.
 */
export function readLines(path: string): AsyncGenerator<Line, void, undefined> {
  // Now, not at the first record: the process may be in another directory by then.
  return linesOf(absolute(path));
}

async function* linesOf(full: string): AsyncGenerator<Line, void, undefined> {
  const { port } = files;
  const log = await runAsync(port, within("read", full, "unchanged", openRegular(full, "resolve")));
  const reader = new LineReader({ path: full });
  const elapsed = stopwatch(port.clock);
  let grewAt = log.status.mtimeMs;
  let size = 0;
  try {
    for (;;) {
      const piece = await runAsync(port, within("read", full, "unchanged", readPiece(log.handle, size, pieceBytes)));
      size += piece.byteLength;
      yield* reader.push(piece);
      if (piece.byteLength === pieceBytes) continue;
      const line = reader.last();
      const now = port.clock.now();
      const calm = Math.abs(now - grewAt) >= quietMs || elapsed() >= lookForMs;
      if (line === undefined || line.ok || calm) {
        if (line !== undefined) yield line;
        return;
      }
      await runAsync(port, pause(lookEveryMs));
      // What was cut back meanwhile, and written anew, is read anew.
      reader.forget();
      size = reader.restart;
      grewAt = Math.max(grewAt, (await runAsync(port, call("fstat", log.handle))).mtimeMs);
    }
  } finally {
    await runAsync(port, quietly(call("close", log.handle)));
  }
}

/**
 * Keeps the newest records of a log, as one replace; returns what was dropped. A log that is small enough is left alone.
 *
 * @throws UntornError UNTORN_NOT_FOUND where there is no log; otherwise as `updateFile`.
 */
export async function rotateLog(
  path: string,
  retention: Retention,
  options: UpdateOptions<Uint8Array> = {},
): Promise<{ droppedEntries: number; droppedBytes: number; receipt: Receipt }> {
  checkOptions(path, retention, optionNames.retention);
  let dropped = { droppedEntries: 0, droppedBytes: 0 };
  const { receipt } = await logs.update(
    path,
    (current) => {
      const { bytes, ...rest } = keepLast(existing(current, path), retention, { path });
      dropped = rest;
      return bytes;
    },
    options,
  );
  return { ...dropped, receipt };
}

/**
 * Takes the bad lines out of a log. They are written, byte for byte, to a file beside it first (`NAME.bad`, appended to), and
 * only then taken out, as one replace. Returns the bad lines with their places; a good log is left alone.
 *
 * @throws UntornError UNTORN_NOT_FOUND where there is no log; otherwise as `updateFile`. After a failure `NAME.bad` may hold
 * lines that the log still has.
 */
export async function repairLog(
  path: string,
  options: UpdateOptions<Uint8Array> = {},
): Promise<{ bad: Repaired["bad"]; records: number; keptIn: string | undefined }> {
  let bad: Repaired["bad"] = [];
  let records = 0;
  checkOptions(path, options, optionNames.update);
  const keptIn = `${absolute(path)}.bad`;
  await logs.update(
    path,
    async (current) => {
      const repaired = repair(existing(current, path), { path });
      ({ bad, records } = repaired);
      if (bad.length > 0) await text.append(keptIn, Buffer.concat(bad.flatMap(terminated)), {});
      return repaired.good;
    },
    options,
  );
  return { bad, records, keptIn: bad.length > 0 ? keptIn : undefined };
}

function terminated({ bytes }: Repaired["bad"][number]): Uint8Array[] {
  return bytes.at(-1) === 10 ? [bytes] : [bytes, Buffer.from("\n")];
}

function existing(current: Uint8Array | undefined, path: string): Uint8Array {
  if (current !== undefined) return current;
  throw new UntornError({ code: "UNTORN_NOT_FOUND", path: absolute(path), phase: "read", outcome: "unchanged" });
}

function encoded(path: string, values: readonly unknown[]): Uint8Array {
  return Buffer.from(values.map((value) => formatLine(value, { path })).join(""));
}
