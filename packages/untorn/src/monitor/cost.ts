import { inDirectory, undisturbed, within, writeProtocol, knownSource } from "../atomic/index.ts";
import type { Durability } from "../atomic/index.ts";
import { probePrefix } from "../platform/index.ts";
import type { Port, ProbeName } from "../platform/index.ts";
import { call, runAsync } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** Medians of the time that one replace of a 1 KiB file takes in a folder, milliseconds. `plain`: overwritten in place, unsafe. */
export interface WriteCost {
  readonly rounds: number;
  readonly plainMs: number;
  readonly offMs: number;
  readonly normalMs: number;
  readonly fullMs: number;
}

const content = Buffer.alloc(1024, "{}\n");

/**
 * Measures what safe writing costs in a folder, by rounds in which every kind has its turn, so that a busy moment hits all of
 * them. It works in a folder of its own, which it removes again.
 */
export async function measureWriteCost(port: Port, directory: string, rounds = 15): Promise<WriteCost> {
  const place = inDirectory(directory, `${probePrefix}${port.randomName()}`);
  await runAsync(port, within("stage", directory, "unchanged", call("mkdir", place, 0o700)));
  const times: Record<("plain" | Durability) & ProbeName, number[]> = { plain: [], off: [], normal: [], full: [] };
  try {
    for (let round = 0; round < rounds + 1; round += 1) {
      for (const kind of Object.keys(times) as (keyof typeof times)[]) {
        const path = inDirectory(place, kind);
        const started = performance.now();
        await runAsync<unknown>(port, kind === "plain" ? overwritten(path) : replaced(port, path, kind));
        // The first round makes the files, and is not counted.
        if (round > 0) times[kind].push(performance.now() - started);
      }
    }
  } finally {
    await runAsync(port, removed(place));
  }
  const [plainMs, offMs, normalMs, fullMs] = Object.values(times).map(median) as [number, number, number, number];
  return { rounds, plainMs, offMs, normalMs, fullMs };
}

function replaced(port: Port, path: string, durability: Durability): Protocol<unknown> {
  return writeProtocol(port, { path, source: knownSource([content]), options: { durability }, control: undisturbed });
}

/** What most programs do: truncate and write. */
function* overwritten(path: string): Protocol<void> {
  const handle = yield* call("open", path, "lock", 0o666);
  yield* call("truncate", handle, 0);
  yield* call("write", handle, content, 0);
  yield* call("close", handle);
}

function* removed(place: string): Protocol<void> {
  for (const name of yield* call("readdir", place)) yield* call("unlink", inDirectory(place, name));
  yield* call("rmdir", place);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
