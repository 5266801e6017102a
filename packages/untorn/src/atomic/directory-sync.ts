import type { LaterFileSystem, SyncOutcome } from "../platform/index.ts";

/**
 * Group commit for directories: calls that come while a sync of the same directory is under way share the next one. They
 * cannot share the one under way, which may have begun before their entry was made.
 */
export function shareDirectorySyncs(
  sync: NonNullable<LaterFileSystem["syncDirectory"]>,
): NonNullable<LaterFileSystem["syncDirectory"]> {
  const running = new Map<string, Promise<unknown>>();
  const next = new Map<string, Promise<SyncOutcome>>();
  return (path) => {
    const joined = next.get(path);
    if (joined !== undefined) return joined;
    const begin = (): Promise<SyncOutcome> => {
      next.delete(path);
      const promise = sync(path);
      const settled: Promise<unknown> = promise
        .catch(() => {})
        .then(() => running.get(path) === settled && running.delete(path));
      running.set(path, settled);
      return promise;
    };
    const before = running.get(path);
    // A turn of the event loop's microtasks is enough for writes that were staged together to arrive together.
    const shared = (before ?? Promise.resolve()).then(begin);
    next.set(path, shared);
    return shared;
  };
}
