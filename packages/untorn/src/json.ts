import { formatJson, openJson, parseJson } from "./documents/json/index.ts";
import type { JsonDocument } from "./documents/json/index.ts";
import { checkOptions, optionNames } from "./atomic/index.ts";
import type { Receipt, WriteOptions } from "./atomic/index.ts";
import { files } from "./machine.ts";
import { invalidArgument } from "./platform/index.ts";
import { documentsOn, mutating, mutatingSync } from "./update/index.ts";
import type { Codec, DocumentCalls, DocumentContent, UpdateOptions } from "./update/index.ts";

export * from "./documents/json/index.ts";

export interface JsonCallOptions {
  /** Line and block comments and one trailing comma a list are allowed, as in tsconfig.json. */
  readonly comments?: boolean;
}

/**
 * What a call takes a document for where it is not told: nobody has looked at its shape, so nothing is known that a compiler could
 * check, as with `JSON.parse`. Name a type (`readJson<Plan>`), or give a schema (`validate`), which also looks.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- `unknown` would make the shortest change of a member a cast
type Unchecked = any;

/**
 * New from old (`undefined` where there is no file); changing the value that is handed in, and returning nothing, will do as well.
 */
export type JsonChange<T = Unchecked> = (current: T | undefined) => T | void | Promise<T | void>;

/** As `JsonChange`, on the calling thread. */
export type JsonChangeSync<T = Unchecked> = (current: T | undefined) => T | void;

function codecFor({ comments = false }: JsonCallOptions): Codec<unknown> {
  return {
    open(bytes, path) {
      const document = openJson(bytes, { path, comments });
      return { value: document.value, edit: (value) => Buffer.from(document.edit(value)) };
    },
    create: (value, path) => Buffer.from(formatJson(value, { path })),
  };
}

const strict = documentsOn(files, codecFor({}));
const commented = documentsOn(files, codecFor({ comments: true }));

/** The type is what the caller says that the documents are. */
function callsFor<T>(options: JsonCallOptions): DocumentCalls<T> {
  const calls: DocumentCalls<unknown> = options.comments === true ? commented : strict;
  return calls as DocumentCalls<T>;
}

/**
 * Reads a JSON file, strictly: UNTORN_NOT_FOUND where there is none, and nowhere else; UNTORN_CORRUPT with the position for
 * anything that is not one JSON value, an empty file among them. A file that a foreign program is just writing in place is
 * looked at again for up to a second.
 */
export async function readJson<T = Unchecked>(
  path: string,
  options: JsonCallOptions = {},
): Promise<DocumentContent<T>> {
  checkOptions(path, options, optionNames.json);
  return callsFor<T>(options).read(path);
}

/** As `readJson`, on the calling thread. */
export function readJsonSync<T = Unchecked>(path: string, options: JsonCallOptions = {}): DocumentContent<T> {
  checkOptions(path, options, optionNames.json);
  return callsFor<T>(options).readSync(path);
}

/**
 * Replaces a file with a value as JSON, indented by two spaces. What JSON cannot carry is UNTORN_INVALID_ARGUMENT before
 * anything is touched. To change part of a file and keep the rest byte for byte, use `updateJson`.
 */
export async function writeJson(path: string, value: unknown, options: WriteOptions = {}): Promise<Receipt> {
  return files.writeFile(path, formatJson(value, { path }), options);
}

/** As `writeJson`, on the calling thread. */
export function writeJsonSync(path: string, value: unknown, options: WriteOptions = {}): Receipt {
  return files.writeFileSync(path, formatJson(value, { path }), options);
}

/**
 * Read, change, save a JSON file, and nobody's change is lost; see `updateFile`. Only the members that changed are touched:
 * indent, order, comments, line ends and numbers of any size elsewhere keep their bytes; see `editJson`. `change` gets
 * `undefined` where there is no file. A corrupt file is UNTORN_CORRUPT, and nothing is saved over it.
 */
export async function updateJson<T = Unchecked>(
  path: string,
  change: JsonChange<T>,
  options: UpdateOptions<T> & JsonCallOptions = {},
): Promise<{ value: T; receipt: Receipt }> {
  checkOptions(path, options, [...optionNames.update, ...optionNames.json]);
  const { comments, ...rest } = options;
  return callsFor<T>({ comments }).update(path, mutating(path, change), rest);
}

/** As `updateJson`, on the calling thread. */
export function updateJsonSync<T = Unchecked>(
  path: string,
  change: JsonChangeSync<T>,
  options: UpdateOptions<T> & JsonCallOptions = {},
): { value: T; receipt: Receipt } {
  checkOptions(path, options, [...optionNames.update, ...optionNames.json]);
  const { comments, ...rest } = options;
  return callsFor<T>({ comments }).updateSync(path, mutatingSync(path, change), rest);
}

const texts: Codec<JsonDocument | string> = {
  open(bytes, path) {
    const document = openJson(bytes, { path });
    return { value: document, edit: (changed) => jsonBytes(changed, path) };
  },
  create: jsonBytes,
};
const documents = documentsOn(files, texts);

/**
 * As `updateJson`, for what needs the text of the file: `change` gets the document and returns its new text, which must be
 * JSON, and which `document.edit(value)` makes. `undefined` stands for no file. Returns the text.
 */
export async function updateJsonText(
  path: string,
  change: (document: JsonDocument | undefined) => string | Promise<string>,
  options: Omit<UpdateOptions<string>, "validate"> = {},
): Promise<{ value: string; receipt: Receipt }> {
  const { receipt, value } = await documents.update(path, (current) => change(current as JsonDocument), options);
  return { value: value as string, receipt };
}

/** Reads a JSON file strictly, as `readJson`, for what needs its text. */
export async function readJsonText(path: string): Promise<{ path: string; text: string; etag: string }> {
  const { path: full, value, etag } = await documents.read(path);
  return { path: full, text: (value as JsonDocument).text, etag };
}

function jsonBytes(text: JsonDocument | string, path: string): Uint8Array {
  if (typeof text !== "string" || !isJson(text)) {
    const problem = "the function must return the text of a JSON document";
    throw invalidArgument(path, problem);
  }
  return Buffer.from(text);
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}
