import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** What tells one process from every other of its host. */
export interface ProcessFacts {
  readonly pid: number;
  /** When it started, in clock ticks since boot (proc(5)); `null` where there is no /proc. */
  readonly started: string | null;
}

export const host = hostname();

export function thisProcess(): ProcessFacts {
  return { pid: process.pid, started: startOf(process.pid) ?? null };
}

/** Whether a process of this host is gone: there is none of its id, or it is another one, or it has ended and nobody waited for it. */
export function isGone({ pid, started }: ProcessFacts): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  const now = startOf(pid);
  return started !== null && now !== undefined && now !== started;
}

/** Field 22 of /proc/PID/stat; "ended" for a zombie. The fields come after the command's name, which may hold anything. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : fields[19];
  } catch {
    return undefined;
  }
}
