import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, uptime } from "node:os";
import type { ProcessIdentity } from "./file-system.ts";

/**
 * Who this process is. A pid alone says nothing: every container has a pid 1, and pids are reused. So a pid goes with
 * its start time (field 22 of /proc/PID/stat, proc(5)) and with a digest of boot id and pid namespace.
 */
let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, startTime: startTimeOf(process.pid) ?? "0", scope: scope() };
  return own;
}

function scope(): string {
  let facts: string;
  try {
    facts = readFileSync("/proc/sys/kernel/random/boot_id", "latin1") + readlinkSync("/proc/self/ns/pid");
  } catch {
    // No /proc: host and boot minute. A wrong minute only makes another process "unknown", never "dead".
    facts = `${process.platform} ${hostname()} ${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  }
  return createHash("sha256").update(facts).digest("hex").slice(0, 8);
}

/** Start time in clock ticks since boot, base 36; `undefined` if there is no such process or no /proc to ask. */
function startTimeOf(pid: number): string | undefined {
  const fields = statFields(pid);
  return fields === undefined ? undefined : startTimeIn(fields);
}

function startTimeIn(fields: readonly string[]): string {
  return Number(fields[19]).toString(36);
}

/** The fields of /proc/PID/stat after the command name, which may hold spaces and parentheses itself. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Whether that process still runs. Only "dead" is proof; when in doubt it is "alive" or "unknown". */
export function liveness(identity: ProcessIdentity): "alive" | "dead" | "unknown" {
  if (identity.scope !== ownIdentity().scope) return "unknown";
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return "dead";
  }
  const fields = statFields(identity.pid);
  if (fields === undefined || identity.startTime === "0") return "alive";
  // The first thread of a killed process may be over while another still ends the write it is in: then it is not dead yet (field
  // 20 counts them; of a zombie that only waits for its parent there is one).
  if (fields[0] === "Z" || fields[0] === "X") return Number(fields[17]) > 1 ? "alive" : "dead";
  return startTimeIn(fields) === identity.startTime ? "alive" : "dead";
}
