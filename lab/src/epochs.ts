import type { LogRecord } from "./log.ts";

/** A write that a power cut may lose, keep or tear. */
export interface PendingWrite {
  /** Its record in the log. */
  readonly number: number;
  /** Where on the disk, in bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Which calls had begun, and which had returned, at the end of an epoch. Versions count up from 1; 0 is the setup. */
export interface Known {
  readonly begun: number;
  readonly returned: number;
}

/** The time between two flushes. A power cut in it keeps all that is settled, and any part of what is pending. */
export interface Epoch {
  /** Records that the flush before this epoch has settled, in order; those of earlier epochs are not listed again. */
  readonly settled: readonly number[];
  /** In order of arrival. */
  readonly pending: readonly PendingWrite[];
  /**
   * At the end of the epoch. Any part of the pending writes may be all that reached the disk by then, so this asks most of
   * every state: what had returned earlier in the epoch is asked for with the least of the writes too.
   */
  readonly known: Known;
}

/**
 * Cuts the log at its flushes. A flush covers the writes that were done when it arrived, and no others; that is the rule
 * of dm-log-writes in the Linux kernel. Epochs before the mark `start` are settled into the first one's; those after `end`
 * are left out.
 */
export function epochsOf(records: readonly LogRecord[]): Epoch[] {
  const epochs: Epoch[] = [];
  const done = new Set<number>();
  const covers = new Map<number, ReadonlySet<number>>();
  let pending: PendingWrite[] = [];
  let settled: number[] = [];
  let known: Known = { begun: 0, returned: 0 };
  let started = false;
  const endEpoch = (): void => {
    if (!started) return;
    epochs.push({ settled, pending, known });
    settled = [];
  };
  for (const [number, record] of records.entries()) {
    if (record.kind === "write" || record.kind === "zero")
      pending.push({ number, offset: record.offset, length: record.length });
    else if (record.kind === "flush") covers.set(number, new Set(done));
    else if (record.kind === "mark") {
      if (record.text === "end") break;
      started ||= record.text === "start";
      known = knownAfter(known, record.text);
    } else {
      done.add(record.of);
      const covered = covers.get(record.of);
      if (covered === undefined) continue;
      endEpoch();
      settled.push(...pending.filter((each) => covered.has(each.number)).map((each) => each.number));
      pending = pending.filter((each) => !covered.has(each.number));
    }
  }
  endEpoch();
  return epochs;
}

function knownAfter(known: Known, mark: string): Known {
  const [what, version] = mark.split(" ");
  if (what === "begin") return { ...known, begun: Number(version) };
  if (what === "returned") return { ...known, returned: Number(version) };
  return known;
}
