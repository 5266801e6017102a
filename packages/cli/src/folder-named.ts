import { existsSync, statSync } from "node:fs";
import { UntornError } from "untorn/errors";

/** The path, for a command that looks at a folder; what is none is told as such, and not by what the first call in it says. */
export function folderNamed(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() === true) return path;
  throw absent(path, status === undefined ? "there is no such folder" : "it is a file, not a folder", "");
}

/** For an action that has nothing to do where nothing has been made yet: more likely the folder is misspelt. */
export function assertMade(folder: string, what: string, maker: string): void {
  if (existsSync(folder)) return;
  throw absent(folder, `there is no ${what} here yet`, `Name its folder with --dir; \`${maker}\` makes one.`);
}

/** What was asked for is not there, and the path is not what is wrong. */
export function absent(path: string, problem?: string, next?: string): UntornError {
  return new UntornError({ code: "UNTORN_NOT_FOUND", path, phase: "read", outcome: "unchanged", problem, next });
}
