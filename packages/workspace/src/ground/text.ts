import { corruptState } from "./problems.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as text, strictly. */
export function textOf(bytes: Uint8Array, path: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw corruptState(path, "it is not UTF-8 text", "`untorn recover` looks for a good copy.", error);
  }
}

/** A title is text, not Markdown: what would mark something up is escaped. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>&#|~]/g, "\\$&");
}
