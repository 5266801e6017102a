import { openJson, formatJson } from "./documents/json/index.ts";
import type { Receipt, WriteOptions } from "./atomic/index.ts";
import { files } from "./machine.ts";
import { documentsOn } from "./update/index.ts";
import type { Codec, DocumentContent, UpdateOptions } from "./update/index.ts";

export * from "./documents/json/index.ts";

export interface JsonCallOptions {
  /** Line and block comments and one trailing comma a list are allowed, as in tsconfig.json. */
  readonly comments?: boolean;
}

/** New from old; changing the value that is handed in, and returning nothing, will do as well. */
export type JsonChange = (current: unknown) => unknown;

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

function callsFor(options: JsonCallOptions) {
  return options.comments === true ? commented : strict;
}

/**
 * Reads a JSON file, strictly: UNTORN_NOT_FOUND where there is none, and nowhere else; UNTORN_CORRUPT with the position for
 * anything that is not one JSON value, an empty file among them. A file that a foreign program is just writing in place is
 * looked at again for up to a second.
 */
export function readJson(path: string, options: JsonCallOptions = {}): Promise<DocumentContent<unknown>> {
  return callsFor(options).read(path);
}

/** As `readJson`, on the calling thread. */
export function readJsonSync(path: string, options: JsonCallOptions = {}): DocumentContent<unknown> {
  return callsFor(options).readSync(path);
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
export function updateJson(
  path: string,
  change: JsonChange,
  options: UpdateOptions<unknown> & JsonCallOptions = {},
): Promise<{ value: unknown; receipt: Receipt }> {
  return callsFor(options).update(path, async (current) => orMutated(await change(current), current), options);
}

/** As `updateJson`, on the calling thread. */
export function updateJsonSync(
  path: string,
  change: JsonChange,
  options: UpdateOptions<unknown> & JsonCallOptions = {},
): { value: unknown; receipt: Receipt } {
  return callsFor(options).updateSync(path, (current) => orMutated(change(current), current), options);
}

function orMutated(result: unknown, current: unknown): unknown {
  return result === undefined ? current : result;
}
