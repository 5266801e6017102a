import { inDirectory } from "../atomic/index.ts";
import { call } from "../protocol/index.ts";
import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Folder, Probed } from "./folder.ts";
import { duration } from "./plan.ts";
import type { Action } from "./plan.ts";

/**
 * A folder in which somebody tried out the filesystem (`untorn doctor`, `untorn status`) and was killed: it holds nothing but what was
 * tried. Its name does not say whose it is, so it counts as left behind once it has been quiet.
 */
export function isLeft(port: Port, { status }: Probed, quietMs: number): boolean {
  return port.clock.now() - status.mtimeMs >= quietMs;
}

export function probeSentence(port: Port, { status }: Probed): string {
  const quiet = duration(Math.max(0, port.clock.now() - status.mtimeMs));
  return `a folder in which the filesystem was tried out; untouched for ${quiet}`;
}

/** What is to be done about the probe folders in a folder. */
export function planProbes(port: Port, folder: Folder, quietMs: number): Action[] {
  const left = folder.probes.filter((probe) => isLeft(port, probe, quietMs));
  return left.map((probe) => ({ kind: "remove", path: probe.path, reason: probeSentence(port, probe) }));
}

/** Removes a probe folder with the files in it; throws where it holds folders, which no probe makes. */
export function* removeProbe(path: string): Protocol<void> {
  for (const name of yield* call("readdir", path)) yield* call("unlink", inDirectory(path, name));
  yield* call("rmdir", path);
}
