import { execFileSync } from "node:child_process";

/**
 * The files below a folder that differ from a commit, with those that git does not know yet, relative to the folder.
 * Throws an error with git's own words where the folder is not in a repository or the commit does not exist.
 */
export function changedSince(root: string, reference: string): Set<string> {
  if (reference.startsWith("-")) throw new Error(`${reference} is not the name of a commit`);
  const changed = git(root, ["diff", "--name-only", "--relative", "-z", reference, "--", "."]);
  const untracked = git(root, ["ls-files", "--others", "--exclude-standard", "-z", "--", "."]);
  return new Set([...changed, ...untracked]);
}

function git(root: string, words: readonly string[]): string[] {
  try {
    const output = execFileSync("git", words, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 28,
    });
    return output.split("\u0000").filter((path) => path !== "");
  } catch (error) {
    const words = (error as { stderr?: string }).stderr?.trim();
    throw new Error(words || `git could not be run: ${String(error)}`, { cause: error });
  }
}
