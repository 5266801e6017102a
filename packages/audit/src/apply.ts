/** A file to write: a text for a path, where its present content is known by its digest. */
export interface FileChange {
  readonly path: string;
  readonly content: string;
  /** SHA-256 in hex of the content that was read; the write fails where the file has changed since. */
  readonly ifMatch?: string;
}

/** Writes the files one after the other, each whole or not at all; the first failure stops, and is thrown as it is. */
export async function applyFiles(files: readonly FileChange[]): Promise<void> {
  const { writeFile } = await import("untorn");
  for (const { path, content, ifMatch } of files) {
    await writeFile(path, content, ifMatch === undefined ? { mkdir: true } : { ifMatch });
  }
}
