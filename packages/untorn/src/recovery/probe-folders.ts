import { inDirectory, parseTempName } from "../atomic/index.ts";
import { probeNames, UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Probed } from "./folder.ts";
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

/** What is to be done about a probe folder; `undefined` while it may still be in use. */
export function planProbe(port: Port, probe: Probed, quietMs: number): Action | undefined {
  if (!isLeft(port, probe, quietMs)) return undefined;
  return { kind: "remove", path: probe.path, reason: probeSentence(port, probe) };
}

/**
 * Removes a probe folder with what a probe makes; throws where there is anything else in it. The whole inspection lies between
 * the look at it and this, and a link that was put in its place by then would lead to somebody else's files.
 */
export function* removeProbe({ path, status }: Probed): Protocol<void> {
  const now = yield* call("lstat", path);
  if (now?.kind !== "directory" || now.ino !== status.ino || now.dev !== status.dev) throw exchanged(path);
  for (const name of yield* call("readdir", path)) {
    if (names.has(parseTempName(name)?.base ?? name)) yield* call("unlink", inDirectory(path, name));
  }
  yield* call("rmdir", path);
}

const names: ReadonlySet<string> = new Set(probeNames);

function exchanged(path: string): UntornError {
  const problem = "it is not the folder any more that was looked at";
  return new UntornError({ code: "UNTORN_CONFLICT", path, phase: "recover", outcome: "unchanged", problem });
}
