import { existsSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A file to write: a text for a path, where its present content is known by its digest. */
export interface FileChange {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly content: string;
  /** SHA-256 in hex of the content the change was made from; `null` where the file must not exist yet. */
  readonly ifMatch: string | null;
}

/**
 * Writes all of the files or none of them, also across a crash (G8). Rejects with a plain `Error`, and changes nothing,
 * where a file is no longer what the change was made from; with the transaction's own `UntornError` otherwise.
 */
export async function applyFiles(root: string, files: readonly FileChange[]): Promise<void> {
  const { transaction } = await import("untorn");
  const work = join(root, ".untorn");
  const had = existsSync(work);
  try {
    await transaction(
      root,
      async (tx) => {
        for (const { path, content, ifMatch } of files) {
          const etag = (await tx.exists(path)) ? (await tx.read(path)).etag : null;
          if (etag !== ifMatch) throw new Error(`${path} has changed since it was read; nothing was written`);
          await tx.write(path, content);
        }
      },
      { purpose: "untorn fix" },
    );
  } finally {
    if (!had) leaveNothing(work);
  }
}

/** Takes the transaction's folder away where it holds nothing but its marker and a spare file: a project asked for changes, not for it. */
function leaveNothing(work: string): void {
  try {
    for (const own of ["durable", "spare-journal"]) rmSync(join(work, own), { force: true });
    rmdirSync(work);
  } catch {
    // Somebody else is at work in it; then it stays.
  }
}
