import { Disk } from "./disk.ts";
import type { ExploreOptions } from "./explore.ts";
import { workFolder } from "./record.ts";
import type { Wreck } from "./record.ts";
import { statesOf } from "./states.ts";
import { callsOn, newPort } from "./untorn.ts";
import { SeededRandom } from "untorn/testing";

/** Disks of a recording on which a power cut has left something half done, `count` of them, chosen by the seed. */
export async function wrecksOf(options: Omit<ExploreOptions, "keep" | "verifyEvery">, count: number): Promise<Wreck[]> {
  const { filesystem, workload, recording, effort, folder, signal } = options;
  const generator = new SeededRandom(options.seed);
  const random = (): number => generator.bits() / 2 ** 32;
  const wrecks: Wreck[] = [];
  let seen = 0;
  const disk = await Disk.start({ folder, bytes: filesystem.bytes, log: recording.log, mode: "replay" });
  try {
    for (const { settled, pending, known } of recording.epochs) {
      signal.throwIfAborted();
      disk.settle(settled);
      const states = statesOf(pending, { effort, tearing: filesystem.tearing, random, last: false });
      const state = states[generator.below(states.length)];
      if (state === undefined) continue;
      await disk.become(state);
      await disk.mount(filesystem.type, filesystem.options);
      const halfDone = workload.isHalfDone?.({ folder: workFolder(disk), calls: callsOn(newPort()) });
      await disk.unmount();
      if (halfDone !== true) continue;
      // Every one of those seen so far has the same chance to be among the chosen.
      seen += 1;
      const slot = seen <= count ? seen - 1 : generator.below(seen);
      if (slot >= count) continue;
      const image = `${folder}/wreck-${slot}.img`;
      await disk.become(state);
      await disk.save(image);
      wrecks[slot] = { image, known };
    }
  } finally {
    await disk.stop();
  }
  return wrecks;
}
