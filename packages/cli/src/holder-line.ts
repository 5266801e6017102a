import { printable } from "untorn";
import type { LockHolder } from "untorn";

/** One holder of a lock in one line, safe to print. */
export function holderLine({ state, pid, host, since, shared, purpose, command }: LockHolder): string {
  const parts = [state.padEnd(7), shared ? "shared   " : "exclusive", `pid ${pid}`];
  if (host !== undefined) parts.push(`on ${host}`);
  if (since !== undefined) parts.push(`since ${since}`);
  if (purpose !== undefined) parts.push(`for "${purpose}"`);
  if (command !== undefined) parts.push(command);
  return printable(parts.join("  "));
}
