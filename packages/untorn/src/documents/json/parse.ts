import { BOM, corrupt, decodeUtf8, positionAt } from "../../platform/index.ts";
import type { DocumentOptions } from "../text.ts";
import { blankComments, uncommented } from "./comments.ts";
import { findRepeatedName } from "./members.ts";
import { findSyntaxFault } from "./syntax-error.ts";

export interface JsonOptions extends DocumentOptions {
  /** Allow line comments, block comments and one trailing comma in a list, as tsconfig.json does. Default false. */
  readonly comments?: boolean;
  /**
   * Refuse an object that has two members of one name, as a merge may leave it: the last one counts (JSON.parse), and what the others
   * hold is invisible. Default false.
   */
  readonly uniqueNames?: boolean;
}

/** A text that was found to be JSON. */
export interface Parsed {
  readonly text: string;
  /** The same length, and strict JSON: comments, trailing commas and the byte order mark are blank. */
  readonly scan: string;
  readonly trailing: ReadonlySet<number>;
  /** Where the text begins, after the byte order mark. */
  readonly start: number;
  readonly value: unknown;
  readonly path: string;
}

/** Parses strictly and keeps what an edit needs. */
export function parseDocument(input: string | Uint8Array, options: JsonOptions = {}): Parsed {
  const path = options.path ?? "JSON text";
  const text = typeof input === "string" ? input : decodeUtf8(input, path);
  const start = text.startsWith(BOM) ? 1 : 0;
  const { scan, trailing, unclosed } = options.comments === true ? blankComments(text) : uncommented(text);
  if (unclosed !== undefined) throw corrupt(path, "a comment that is never closed", positionAt(text, unclosed));
  let value: unknown;
  try {
    value = JSON.parse(start === 0 ? scan : scan.slice(start));
  } catch {
    throw explain(text, scan, start, path);
  }
  const repeated = options.uniqueNames === true ? findRepeatedName(scan) : undefined;
  if (repeated !== undefined) {
    const problem = `${JSON.stringify(repeated.name)} is there twice in one object, and only the last one counts`;
    throw corrupt(path, problem, positionAt(text, repeated.offset));
  }
  return { text, scan, trailing, start, value, path };
}

/** The native error is no cause of it: it quotes the text, which may be a secret, and an error goes to logs. */
function explain(text: string, scan: string, start: number, path: string): Error {
  if (text.length === start) {
    return corrupt(path, "the file is empty, and an empty file is not JSON", positionAt(text, start));
  }
  if (/^\0+$/.test(text)) {
    const problem = `the file holds nothing but ${text.length} NUL bytes, as a power cut leaves a file that was not synced`;
    return corrupt(path, problem, positionAt(text, 0));
  }
  const fault = findSyntaxFault(scan, start);
  if (fault === undefined) return corrupt(path, "it is not JSON");
  return corrupt(path, `it is not JSON: ${fault.problem}`, positionAt(text, fault.offset));
}
