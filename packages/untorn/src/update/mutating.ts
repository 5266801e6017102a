import { invalidArgument } from "../platform/index.ts";

type Change<T, R> = (current: T | undefined) => R;

/**
 * A change that may return the new value, or alter the one that it is given and return nothing. That there is neither is
 * refused where the value becomes text, with the name of the file.
 */
export function mutating<T>(path: string, change: Change<T, T | void | Promise<T | void>>): Change<T, Promise<T>> {
  checkFunction(path, change);
  return async (current) => orCurrent(await change(current), current);
}

/** As `mutating`, for a call on the calling thread. */
export function mutatingSync<T>(path: string, change: Change<T, T | void>): Change<T, T> {
  checkFunction(path, change);
  return (current) => orCurrent(change(current), current);
}

function checkFunction(path: string, change: unknown): void {
  if (typeof change !== "function") throw invalidArgument(path, "an update takes a function");
}

function orCurrent<T>(result: T | void, current: T | undefined): T {
  return (result === undefined ? current : result) as T;
}
