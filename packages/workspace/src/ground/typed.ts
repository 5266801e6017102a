import { isUntornError } from "untorn";
import type { StandardSchema, Transaction } from "untorn";
import { parseJson } from "untorn/json";
import { openState } from "untorn/state";
import { corruptState } from "./problems.ts";

/** A JSON document with a type, whose form may also be another program's: what it has besides is kept, byte for byte. */
export interface TypedDocument<T> {
  /** Its path in the store. */
  readonly key: string;
  readonly schema: StandardSchema<T>;
  /** What it is where there is none. */
  readonly initial: () => T;
  /** What to do where it is corrupt. */
  readonly advice: string;
}

/**
 * A schema from a check by hand, which takes a tenth of the time: what is wrong with a value, or nothing. `read`: what a value that is
 * right is read as.
 */
export function checkedBy<T>(
  what: string,
  problemOf: (value: unknown) => string | undefined,
  read: (value: T) => T = (value) => value,
): StandardSchema<T> {
  const validate = (value: unknown) => {
    const problem = problemOf(value);
    return problem === undefined
      ? { value: read(value as T) }
      : { issues: [{ message: `it is not ${what}: ${problem}` }] };
  };
  return { "~standard": { version: 1, vendor: "untorn", validate } };
}

/**
 * Reads the text of a document, strictly.
 * @throws UntornError UNTORN_CORRUPT for what is not JSON, has a name twice in one object, or is not what the schema takes.
 */
export function parseTyped<T>(document: TypedDocument<T>, text: string | Uint8Array, path: string): T {
  let value: unknown;
  try {
    // Of members with one name the value shows the last, and the others would be kept without ever being seen.
    value = parseJson(text, { path, uniqueNames: true });
  } catch (error) {
    throw advised(document, path, error);
  }
  const result = document.schema["~standard"].validate(value);
  if (result instanceof Promise) throw new TypeError("the schema of a document answers at once");
  if (result.issues === undefined) return result.value;
  throw corruptState(path, result.issues[0]?.message ?? "it is not valid", document.advice);
}

/**
 * Changes a document as a part of a transaction: a typed state of it, so that it is checked by its schema as it is read and as it is
 * saved, and what did not change keeps its bytes. Returns what `change` does.
 */
export async function changeTyped<T, R>(
  tx: Transaction,
  document: TypedDocument<T>,
  folder: string,
  change: (draft: T) => R | Promise<R>,
): Promise<R> {
  const { key, schema, initial } = document;
  const done: { result?: R } = {};
  try {
    await openState(tx, key, { schema, initial, versionField: false, keep: 0, uniqueNames: true }).update(
      async (draft) => {
        done.result = await change(draft);
      },
    );
  } catch (error) {
    throw advised(document, `${folder}/${key}`, error);
  }
  return done.result as R;
}

/** A document as a transaction sees it; `undefined` where there is none. */
export async function readTyped<T>(
  tx: Transaction,
  document: TypedDocument<T>,
  folder: string,
): Promise<T | undefined> {
  if (!(await tx.exists(document.key))) return undefined;
  return parseTyped(document, (await tx.read(document.key)).data, `${folder}/${document.key}`);
}

/** An error about the document itself, with what to do about it; any other as it is. */
function advised<T>({ key, advice }: TypedDocument<T>, path: string, error: unknown): unknown {
  if (!isUntornError(error) || error.code !== "UNTORN_CORRUPT" || !error.path.endsWith(key)) return error;
  return corruptState(path, error.problem, advice, error);
}
