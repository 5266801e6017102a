import { UntornError } from "../platform/index.ts";
import { call } from "./protocol.ts";
import type { Protocol } from "./protocol.ts";

/**
 * What a symbolic link says. Links in /proc are refused (proc(5): /proc/PID/fd, and /dev/stdout and /dev/fd, which lead there):
 * they stand for what a process has open, and their text is a name that it once had. A file with that name would be put in
 * the place of one that somebody is still writing to, or beside one that is gone.
 */
export function* textOfLink(link: string, directory: string, path: string): Protocol<string> {
  if (directory.startsWith("/") && (yield* call("realpath", directory)).startsWith("/proc/")) {
    const problem = "it stands for what a process has open, not for a file with a name of its own";
    const next = "Name the file itself, or write to what is open.";
    throw new UntornError({ code: "UNTORN_NOT_A_FILE", path, phase: "resolve", outcome: "unchanged", problem, next });
  }
  return yield* call("readlink", link);
}
