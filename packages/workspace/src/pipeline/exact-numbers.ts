import { openJson } from "untorn/json";
import type { PipelineState } from "./pipeline-state.ts";

/** Numbers of sixteen digits, or with a large exponent, also in strings. */
const candidate = /[\s:[,]-?(?:\d[\d.]{15,}(?:[eE][+-]?\d+)?|\d[\d.]*[eE]\+?\d{3,})/g;
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]*(?:[eE][+-]?\d+)?/g;

/**
 * Whether a JSON text has a number that JavaScript does not hold: read and written again it would be another one. Almost no state has
 * one, so quick looks come first; every such number has eight digits on end, or its exponent three.
 */
export function hasInexactNumber(content: Uint8Array): boolean {
  // Byte by byte: digits are what they are in UTF-8, and nothing has to be decoded.
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1");
  if (!/\d{8}/.test(text) && !/\d[eE]\+?\d{3}/.test(text)) return false;
  if (!(text.match(candidate) ?? []).some((found) => isInexact(found.slice(1)))) return false;
  return (text.match(token) ?? []).some(isInexact);
}

function isInexact(found: string): boolean {
  if (found.startsWith('"')) return false;
  const number = Number(found);
  if (!Number.isFinite(number)) return true;
  return found.replace(/[eE].*$|[.-]/g, "").length > 15 && String(number) !== found;
}

/** The bytes of a state as an edit of those before it: what did not change keeps its bytes, and so every digit. */
export function editedContent(before: Uint8Array, state: PipelineState, path: string): Uint8Array {
  return Buffer.from(openJson(before, { path }).edit(state));
}
