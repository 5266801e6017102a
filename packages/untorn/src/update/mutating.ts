import { invalidArgument } from "../platform/index.ts";

/**
 * A change that may return the new value, or alter the one that it is given and return nothing. That there is neither is
 * refused where the value becomes text, with the name of the file.
 */
export function mutating<T>(path: string, change: (current: T | undefined) => T | void): (current: T | undefined) => T;
export function mutating<T>(
  path: string,
  change: (current: T | undefined) => T | void | Promise<T | void>,
): (current: T | undefined) => T | Promise<T>;
export function mutating<T>(
  path: string,
  change: (current: T | undefined) => T | void | Promise<T | void>,
): (current: T | undefined) => T | Promise<T> {
  if (typeof change !== "function") throw invalidArgument(path, "an update takes a function");
  return (current) => {
    const orCurrent = (result: T | void): T => (result === undefined ? current : result) as T;
    const result = change(current);
    return result instanceof Promise ? result.then(orCurrent) : orCurrent(result);
  };
}
