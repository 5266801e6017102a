import { formatJson, openJson } from "../documents/json/index.ts";
import type { JsonDocument } from "../documents/json/index.ts";
import { UntornError } from "../platform/index.ts";
import type { ErrorCode } from "../platform/index.ts";
import type { StoredValue } from "../store/index.ts";
import { issuesText } from "../update/index.ts";
import type { StandardSchema } from "../update/index.ts";
import { isPlain } from "./unknown-fields.ts";

/** A state's document as it is stored. */
export interface StoredDocument {
  /** What errors name. */
  readonly path: string;
  readonly json: JsonDocument;
  /** Without the version. */
  readonly fields: Record<string, unknown>;
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** What a document is read by. */
export interface DocumentForm {
  readonly versionField: string | false;
  readonly version: number;
  readonly uniqueNames: boolean;
}

/**
 * Reads a document strictly: one JSON object, with a whole number as its version; a missing version is 0. Without a version field
 * every document has the version of this program.
 */
export function readDocument(
  path: string,
  stored: StoredValue,
  { versionField: field, version: own, uniqueNames }: DocumentForm,
): StoredDocument {
  const json = openJson(stored.bytes, { path, uniqueNames });
  if (!isPlain(json.value)) throw refusal("UNTORN_CORRUPT", path, "it is not a JSON object");
  const version = field === false ? own : (json.value[field] ?? 0);
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 0) {
    throw refusal("UNTORN_CORRUPT", path, `its ${JSON.stringify(field)} is not a whole number`);
  }
  return { path, json, fields: withoutVersion(json.value, field), version, bytes: stored.bytes, etag: stored.etag };
}

/**
 * How a value is put into the document; to be asked for before the value is changed in place. A text that is as `formatJson` writes it
 * is the same bytes edited and written anew, and of a large document the second takes a third of the time.
 */
export function editorOf(json: JsonDocument, isPlainForm: boolean): (value: unknown) => string {
  const own = isPlainForm && `${JSON.stringify(json.value, null, 2)}\n` === json.text;
  return (next) => (own ? formatJson(next) : json.edit(next));
}

export function withoutVersion(value: Record<string, unknown>, versionField: string | false): Record<string, unknown> {
  if (versionField === false) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== versionField));
}

/** Asks the schema; what it makes of the value, or an error with its reasons. */
export async function parseWith<T>(
  schema: StandardSchema<T>,
  value: unknown,
  problem: (reasons: string) => UntornError,
): Promise<T> {
  const result = await schema["~standard"].validate(value);
  if (result.issues !== undefined) throw problem(issuesText(result.issues));
  return result.value;
}

export function refusal(code: ErrorCode, key: string, problem: string): UntornError {
  const phase = code === "UNTORN_INVALID" ? "stage" : "read";
  return new UntornError({ code, path: key, phase, outcome: "unchanged", problem });
}
