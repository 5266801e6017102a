import type { Receipt } from "./atomic/index.ts";
import { editFrontmatter, parseFrontmatter } from "./documents/frontmatter/index.ts";
import { files } from "./machine.ts";
import { documentsOn } from "./update/index.ts";
import type { Codec, DocumentContent, UpdateOptions } from "./update/index.ts";
import { decode } from "./atomic/index.ts";

export * from "./documents/frontmatter/index.ts";

/** The members of a frontmatter. */
export type FrontmatterData = Record<string, unknown>;

/** New from old; changing the data that is handed in, and returning nothing, will do as well. */
export type FrontmatterChange = (current: FrontmatterData | undefined) => unknown;

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

/** Reads the frontmatter of a file, strictly: `{}` where the file has none. UNTORN_CORRUPT for what is not YAML 1.2. */
export function readFrontmatter(path: string): Promise<DocumentContent<FrontmatterData>> {
  return calls.read(path);
}

/** As `readFrontmatter`, on the calling thread. */
export function readFrontmatterSync(path: string): DocumentContent<FrontmatterData> {
  return calls.readSync(path);
}

/**
 * Read, change, save the frontmatter of a file, and nobody's change is lost; see `updateFile`. The body and every YAML line
 * that does not change keep their bytes; see `editFrontmatter`. A file without frontmatter gets one.
 */
export function updateFrontmatter(
  path: string,
  change: FrontmatterChange,
  options: UpdateOptions<FrontmatterData> = {},
): Promise<{ value: FrontmatterData; receipt: Receipt }> {
  return calls.update(path, async (current) => orMutated(await change(current), current), options);
}

/** As `updateFrontmatter`, on the calling thread. */
export function updateFrontmatterSync(
  path: string,
  change: FrontmatterChange,
  options: UpdateOptions<FrontmatterData> = {},
): { value: FrontmatterData; receipt: Receipt } {
  return calls.updateSync(path, (current) => orMutated(change(current), current), options);
}

function orMutated(result: unknown, current: FrontmatterData | undefined): FrontmatterData {
  // What is not an object is refused by the edit, which names the file.
  return (result === undefined ? current : result) as FrontmatterData;
}
