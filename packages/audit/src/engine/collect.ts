let collector: (() => void) | undefined;

/**
 * Frees the trees that nobody holds any more. They live outside the JavaScript heap, which therefore looks small and is
 * collected late: on thousands of files the memory would grow with their number.
 */
export async function collectTrees(): Promise<void> {
  collector ??= await exposedCollector();
  collector();
}

async function exposedCollector(): Promise<() => void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import("node:v8"), import("node:vm")]);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
