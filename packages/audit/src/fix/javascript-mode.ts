import type { SyntaxNode } from "../engine/index.ts";
import { stringValue } from "../javascript/bindings.ts";

/** `mode` as untorn takes it; an empty text where it goes without saying. */
export interface ModePair {
  readonly text: string;
  readonly safe: boolean;
}

/**
 * Node gives `mode`, less the umask, to a file that it creates, and leaves the mode of one that is there; untorn gives it
 * to both, as it is. They agree on 0666, which is what a file gets that nothing is said about. Null where the value is no
 * plain number: it may be a text, or hold more than permission bits.
 */
export function modePair(pair: SyntaxNode): ModePair | null {
  const value = pair.kind === "pair" ? pair.field("value") : null;
  const number = value === null ? Number.NaN : modeNumber(value);
  if (value === null || !Number.isInteger(number) || number < 0 || number > 0o7777) return null;
  if (number === 0o666) return { text: "", safe: true };
  return { text: value.kind === "number" ? pair.text : `mode: 0o${number.toString(8)}`, safe: false };
}

/** `0o600`, `384`, and `"600"`, which Node reads as octal. */
function modeNumber(value: SyntaxNode): number {
  if (value.kind === "number") return Number(value.text.replaceAll("_", ""));
  const text = stringValue(value) ?? "";
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}
