import { invalidArgument } from "../platform/index.ts";

/**
 * Text to bytes, exactly or not at all (G3): Buffer.from leaves out hex and base64 digits that it does not understand,
 * cuts characters that latin1 lacks, and turns half of a surrogate pair into U+FFFD, all without a word.
 */
export function encodeExactly(text: string, encoding: BufferEncoding, path: string): Uint8Array {
  const bytes = Buffer.from(text, encoding);
  switch (encoding.toLowerCase()) {
    case "utf8":
    case "utf-8":
      // ES2024, in Node since 20; the compiler's library is of 2023.
      if (bytes.byteLength === text.length || (text as unknown as { isWellFormed(): boolean }).isWellFormed()) break;
      throw invalidArgument(path, "the text holds half of a surrogate pair, which UTF-8 cannot express");
    case "hex":
      if (bytes.byteLength * 2 !== text.length) throw inexact(path, encoding);
      break;
    case "base64":
    case "base64url":
      if (bytes.toString("base64url") !== urlSafe(text)) throw inexact(path, encoding);
      break;
    case "latin1":
    case "binary":
      if (bytes.toString("latin1") !== text) throw inexact(path, encoding);
      break;
    case "ascii":
      if (bytes.some((byte) => byte > 127) || bytes.toString("latin1") !== text) throw inexact(path, encoding);
      break;
    default:
  }
  return bytes;
}

function urlSafe(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function inexact(path: string, encoding: string) {
  return invalidArgument(path, `the text cannot be expressed exactly as ${encoding}`);
}
