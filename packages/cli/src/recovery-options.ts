import { UsageError } from "./usage-error.ts";

/** `--quiet-for`, as the library takes it. */
export function secondsOf(option: string, value: string | undefined): { quietMs?: number } {
  if (value === undefined) return {};
  const seconds = Number(value);
  if (value.trim() === "" || !(seconds >= 0))
    throw new UsageError(`${option} takes seconds, 0 or more; it got '${value}'.`);
  return { quietMs: seconds * 1000 };
}
