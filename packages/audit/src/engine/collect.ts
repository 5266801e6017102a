import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collector: (() => void) | undefined;

/**
 * Frees the trees that nobody holds any more. They live outside the JavaScript heap, which therefore looks small and is
 * collected late: on thousands of files the memory would grow with their number.
 */
export function collectTrees(): void {
  if (collector === undefined) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as () => void;
  }
  collector();
}
