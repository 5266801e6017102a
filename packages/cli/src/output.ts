import { randomUUID } from "node:crypto";
import { printable } from "untorn/errors";

/** The reader of our output went away (`untorn read FILE | head`). */
export class OutputClosed extends Error {}

/** Standard output takes nothing any more: a full disk, a limit. */
export class OutputFailed extends Error {
  constructor(cause: NodeJS.ErrnoException) {
    super(`standard output could not be written (${cause.code ?? cause.message})`, { cause });
  }
}

/**
 * Writes to standard output and waits until it is taken. Bytes go out as they are, but for a terminal: what is in a file may
 * have been put there to take it over, so all control characters but line ends and tabs are shown, not sent.
 */
export function print(given: string | Uint8Array): Promise<void> {
  const data = process.stdout.isTTY ? forTerminal(Buffer.from(given).toString()) : given;
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const closed = error.code === "EPIPE";
      reject(closed ? new OutputClosed("standard output was closed", { cause: error }) : new OutputFailed(error));
    };
    process.stdout.once("error", onError);
    process.stdout.write(data, (error) => {
      if (error) return onError(error);
      process.stdout.off("error", onError);
      resolve();
    });
  });
}

function forTerminal(text: string): string {
  return text.replace(/[^\n\t]+/g, (part) => printable(part));
}

/** One line of JSON on standard output. */
export function printJson(value: unknown): Promise<void> {
  return print(`${jsonText(value)}\n`);
}

/** A value as JSON.stringify writes it, with BigInts as the integers that they are, digit for digit. */
export function jsonText(value: unknown, indent?: number): string {
  let mark: string | undefined;
  const text = JSON.stringify(
    value,
    (_, each: unknown) => {
      if (typeof each !== "bigint") return each;
      mark ??= randomUUID();
      return `${mark}${each}`;
    },
    indent,
  );
  return mark === undefined ? text : text.replace(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1");
}

/** One line for people on standard error. Names from outside may hold escape sequences, so those are shown, not sent. */
export function tell(line: string): void {
  process.stderr.write(`untorn: ${printable(line)}\n`);
}
