import { statSync } from "node:fs";
import { UntornError } from "untorn/errors";

/** The path, for a command that looks at a folder; what is none is told as such, and not by what the first call in it says. */
export function folderNamed(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() === true) return path;
  const problem = status === undefined ? "there is no such folder" : "it is a file, not a folder";
  throw new UntornError({
    code: "UNTORN_NOT_FOUND",
    path,
    phase: "read",
    outcome: "unchanged",
    problem,
    next: "",
  });
}
