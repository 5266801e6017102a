import { UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { runAsync } from "../protocol/index.ts";
import type { EmbeddedStore } from "./embedded-store.ts";
import type { LogLine } from "./change-log.ts";
import type { StoreEvent, WatchOptions } from "./store.ts";

/** Looking for other programs' changes takes at most this part of the thread's time, however many files there are. */
const scanShare = 20;

/**
 * Follows the change log. Every round reads what was added to it; from time to time the files are compared with it, and
 * what another program did is appended before it is shown: a watch shows only what is in the log.
 */
export async function* watchLog(
  store: EmbeddedStore,
  prefix: string,
  { since, signal }: WatchOptions,
  pollMs: number,
  ended: () => boolean,
  woken: (ms: number) => Promise<void>,
): AsyncGenerator<StoreEvent, void> {
  const { port, view } = store;
  const over = (): boolean => ended() || signal?.aborted === true;
  let seen = since ?? (await runAsync(port, store.catchUp()));
  let lastLook = port.clock.now();
  let nextScan = since === undefined ? lastLook + pollMs : 0;
  while (!over()) {
    const now = port.clock.now();
    // A clock that was set back says nothing of when the time is over.
    if (now >= nextScan || now < lastLook) nextScan = await scan(port, store, pollMs);
    else await runAsync(port, store.refresh());
    lastLook = now;
    if (seen < view.base || seen > view.revision) throw compacted(store, seen);
    for (const line of linesAfter(view.lines, seen)) {
      const events = eventsOf(line, prefix);
      for (const event of events) {
        if (over()) return;
        yield event;
      }
      seen = line.revision;
    }
    if (!over() && view.revision === seen) await woken(pollMs);
  }
}

/** Returns when to look again. */
async function scan(port: Port, store: EmbeddedStore, pollMs: number): Promise<number> {
  const started = port.clock.now();
  await runAsync(port, store.refresh());
  if (await runAsync(port, store.hasForeignChanges())) await runAsync(port, store.catchUp());
  const now = port.clock.now();
  return now + Math.max(pollMs, (now - started) * scanShare);
}

/** The log may be replaced by a shorter one while somebody iterates, so this is a copy. */
function linesAfter(lines: readonly LogLine[], seen: number): LogLine[] {
  let start = lines.length;
  while (start > 0 && (lines[start - 1] as LogLine).revision > seen) start -= 1;
  return lines.slice(start);
}

function eventsOf({ revision, changes }: LogLine, prefix: string): StoreEvent[] {
  const wanted = changes.filter(({ key }) => key.startsWith(prefix));
  return wanted.map(({ key, etag }, index) => ({ key, etag, revision, more: index < wanted.length - 1 }));
}

function compacted(store: EmbeddedStore, since: number): UntornError {
  const { base, revision } = store.view;
  return new UntornError({
    code: "UNTORN_COMPACTED",
    path: store.directory,
    phase: "read",
    outcome: "unchanged",
    problem: `the changes since revision ${since} are not remembered any more; the store remembers those from ${base} to ${revision}`,
  });
}
