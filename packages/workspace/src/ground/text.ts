import { corruptState } from "./problems.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as text, strictly. */
export function textOf(bytes: Uint8Array, path: string, next = "`untorn recover` looks for a good copy."): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw corruptState(path, "it is not UTF-8 text", next, error);
  }
}

/** What a torn write, or a power cut, leaves of a text: nothing, or NULs; `undefined`: it is neither. */
export function tornProblem(text: string): string | undefined {
  if (text.trim() === "") return "it is empty";
  const nul = text.indexOf("\0");
  return nul === -1 ? undefined : `there is a NUL at character ${nul + 1}`;
}

/**
 * Refuses a text that is there and torn: it is not begun anew as one that was never there (G7).
 * @throws UntornError UNTORN_CORRUPT
 */
export function refuseTorn(text: string | undefined, path: string): void {
  const problem = text === undefined ? undefined : tornProblem(text);
  if (problem === undefined) return;
  throw corruptState(
    path,
    problem,
    "`untorn recover` looks for a good copy; remove the file if it is to be begun anew.",
  );
}

/** A title is text, not Markdown: what would mark something up is escaped. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>&#|~]/g, "\\$&");
}
