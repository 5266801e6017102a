import { join } from "node:path";

/**
 * A name below a folder that the user has named. `join` drops `link/..`, which is the parent of what the link points to, as only the
 * system knows; Windows takes `..` away itself, before it looks.
 */
export function below(folder: string, name: string): string {
  const leavesALink = process.platform !== "win32" && /(?:^|\/)\.\.(?:\/|$)/.test(folder);
  return leavesALink ? `${folder}/${name}` : join(folder, name);
}
