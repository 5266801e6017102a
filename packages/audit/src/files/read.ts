import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";

/** Files beyond this size are data or bundles, not code that somebody maintains. */
export const maximumBytes = 4 * 1024 * 1024;

/** Not with "utf8": Node then ends the whole process where the close fails (node_file.cc, ReadFileUtf8). */
export function readText(path: string): string {
  return readFileSync(path).toString("utf8");
}

/** The text of a source file, or why it is not read. */
export type SourceText = { readonly text: string } | { readonly reason: string };

export function readSource(path: string): SourceText {
  try {
    return readOpened(openSync(path, "r"));
  } catch (error) {
    return { reason: unreadable(error) };
  }
}

/** What a notice says of a file or folder that the system refused. */
export function unreadable(error: unknown): string {
  return `cannot be read (${(error as { code?: string }).code ?? String(error)})`;
}

function readOpened(handle: number): SourceText {
  try {
    const { size } = fstatSync(handle);
    if (size > maximumBytes) return { reason: `is larger than ${maximumBytes / 1024 / 1024} MiB` };
    const text = readFileSync(handle, "utf8");
    return text.includes("\u0000") ? { reason: "is not text" } : { text };
  } finally {
    closeSync(handle);
  }
}

/** The first bytes of a file, to see what a script without an extension is written in. */
export function readHead(path: string): string {
  let handle: number | undefined;
  try {
    handle = openSync(path, "r");
    const bytes = Buffer.alloc(128);
    return bytes.toString("latin1", 0, readSync(handle, bytes, 0, bytes.length, 0));
  } catch {
    return "";
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
