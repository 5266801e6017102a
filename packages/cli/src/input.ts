import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { UntornError } from "untorn/errors";
import { tell } from "./output.ts";
import { unchanged } from "./report.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as text, strictly: what is not UTF-8 would be stored as U+FFFD, and nobody could tell what it was. */
export function textFrom(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    const problem = "it is not UTF-8 text";
    throw new UntornError({ code: "UNTORN_INVALID", path: what, phase: "arguments", outcome: "unchanged", problem });
  }
}

/** The text that a command is given: of a file, or, for `-`, of standard input. A byte order mark is no part of it. */
export async function inputText(file: string): Promise<string> {
  const isFile = file !== "-";
  if (!isFile && process.stdin.isTTY) tell("reading from the terminal; end with Ctrl-D.");
  const bytes = isFile ? await readFile(file).catch(told(file)) : await buffer(process.stdin);
  return withoutMark(textFrom(bytes, isFile ? file : "Standard input"));
}

/** What the system refuses to read, said with its path. */
function told(file: string): (error: unknown) => never {
  return (error) => {
    throw unchanged(error, file);
  };
}

/** The lines of standard input as they come; only LF and CRLF end one. */
export async function* inputLines(): AsyncGenerator<string> {
  if (process.stdin.isTTY) tell("reading from the terminal; end with Ctrl-D.");
  let pieces: Buffer[] = [];
  let number = 0;
  const line = (): string => {
    number += 1;
    const text = textFrom(Buffer.concat(pieces), `Line ${number} of standard input`).replace(/\r$/, "");
    pieces = [];
    return number === 1 ? withoutMark(text) : text;
  };
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      pieces.push(chunk.subarray(start, end));
      start = end + 1;
      yield line();
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  if (pieces.length > 0) yield line();
}

/** Windows puts a byte order mark in front of what it pipes. */
function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
