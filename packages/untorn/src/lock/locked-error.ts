import { printable, UntornError } from "../platform/index.ts";
import type { LockHolder, Port } from "../platform/index.ts";
import type { Place } from "./place.ts";

/** The error for a lock that could not be had: it names who has it. */
export function lockedError(port: Port, place: Place, holders: readonly LockHolder[], waitedMs: number): UntornError {
  const who = holders.map((holder) => holderSentence(holder, port.identity.pid)).join("; ");
  const waited = waitedMs >= 1 ? ` (waited ${Math.round(waitedMs)} ms)` : "";
  const next = adviceFor(place, holders);
  return new UntornError({
    code: "UNTORN_LOCKED",
    path: place.path,
    phase: "lock",
    outcome: "unchanged",
    problem: `${who === "" ? "another call in this process is ahead in the line for its lock" : `it is locked by ${who}`}${waited}`,
    next,
    holders,
  });
}

/** One holder in words, safe to print. */
export function holderSentence(holder: LockHolder, ownPid?: number): string {
  const own = holder.pid === ownPid && holder.state === "alive" ? " (this process)" : "";
  return [
    `process ${holder.pid}${own}`,
    ...(holder.command === undefined ? [] : [`"${printable(holder.command)}"`]),
    ...(holder.host === undefined ? [] : [`on ${printable(holder.host)}`]),
    ...(holder.since === undefined ? [] : [`since ${printable(holder.since)}`]),
    ...(holder.purpose === undefined ? [] : [`for "${printable(holder.purpose)}"`]),
    ...(holder.shared ? ["shared"] : []),
    stateWords[holder.state],
  ].join(", ");
}

const stateWords: Readonly<Record<LockHolder["state"], string>> = {
  alive: "which is alive",
  dead: "which is dead",
  unknown: "of which this process cannot tell whether it lives (another host, container or boot)",
};

function adviceFor(place: Place, holders: readonly LockHolder[]): string | undefined {
  if (holders.length > 0 && holders.every(({ state }) => state === "dead")) {
    return `The holder is dead, but its record may not be removed by this user: have its owner remove ${place.folder}.`;
  }
  return undefined;
}
