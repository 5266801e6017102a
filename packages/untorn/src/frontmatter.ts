import type { Receipt } from "./atomic/index.ts";
import { editFrontmatter, parseFrontmatter } from "./documents/frontmatter/index.ts";
import { files } from "./machine.ts";
import { documentsOn, mutating, mutatingSync } from "./update/index.ts";
import type { Codec, DocumentCalls, DocumentContent, UpdateOptions } from "./update/index.ts";
import { decode } from "./atomic/index.ts";

export * from "./documents/frontmatter/index.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- `unknown` would make the shortest change of a member a cast
type Unchecked = any;

/**
 * The members of a frontmatter, where nobody has said which they are: as with `readJson`, nothing is known that could be checked.
 */
export type FrontmatterData = Record<string, Unchecked>;

/** New from old (`undefined` where there is no file); changing the data that is handed in, and returning nothing, will do as well. */
export type FrontmatterChange<T = FrontmatterData> = (current: T | undefined) => T | void | Promise<T | void>;

/** As `FrontmatterChange`, on the calling thread. */
export type FrontmatterChangeSync<T = FrontmatterData> = (current: T | undefined) => T | void;

const codec: Codec<FrontmatterData> = {
  open(bytes, path) {
    const text = decode(bytes, path);
    return {
      value: parseFrontmatter(text, { path }).data,
      edit: (value) => Buffer.from(editFrontmatter(text, value, { path })),
    };
  },
  create: (value, path) => Buffer.from(editFrontmatter("", value, { path })),
};

const calls = documentsOn(files, codec);

/** The type is what the caller says that the documents are. */
function callsFor<T>(): DocumentCalls<T> {
  return calls as DocumentCalls<unknown> as DocumentCalls<T>;
}

/** Reads the frontmatter of a file, strictly: `{}` where the file has none. UNTORN_CORRUPT for what is not YAML 1.2. */
export function readFrontmatter<T = FrontmatterData>(path: string): Promise<DocumentContent<T>> {
  return callsFor<T>().read(path);
}

/** As `readFrontmatter`, on the calling thread. */
export function readFrontmatterSync<T = FrontmatterData>(path: string): DocumentContent<T> {
  return callsFor<T>().readSync(path);
}

/**
 * Read, change, save the frontmatter of a file, and nobody's change is lost; see `updateFile`. The body and every YAML line
 * that does not change keep their bytes; see `editFrontmatter`. A file without frontmatter gets one.
 */
export async function updateFrontmatter<T = FrontmatterData>(
  path: string,
  change: FrontmatterChange<T>,
  options: UpdateOptions<T> = {},
): Promise<{ value: T; receipt: Receipt }> {
  return callsFor<T>().update(path, mutating(path, change), options);
}

/** As `updateFrontmatter`, on the calling thread. */
export function updateFrontmatterSync<T = FrontmatterData>(
  path: string,
  change: FrontmatterChangeSync<T>,
  options: UpdateOptions<T> = {},
): { value: T; receipt: Receipt } {
  return callsFor<T>().updateSync(path, mutatingSync(path, change), options);
}
