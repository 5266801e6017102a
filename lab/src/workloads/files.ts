import { contentAt, contentOf, describe, judge, mustWork } from "./workload.ts";
import type { Place, Workload } from "./workload.ts";

const state = ({ folder }: Place): string => `${folder}/state.json`;

/** A file is replaced. */
export const write: Workload = {
  name: "write",
  setup: (place) => place.calls.files.writeFile(state(place), contentOf(0)),
  step: (place, version) => place.calls.files.writeFile(state(place), contentOf(version)),
  check: async (place, known) =>
    judge(contentAt(state(place)), known) ??
    mustWork("the next write", () => place.calls.files.writeFile(state(place), contentOf(0))),
};

const made = ({ folder }: Place, version: number): string => `${folder}/made-${version}/deep/item.json`;

/** New files in new folders. */
export const create: Workload = {
  name: "create",
  setup: async () => {},
  step: (place, version) =>
    place.calls.files.writeFile(made(place, version), contentOf(version), { mkdir: true, ifAbsent: true }),
  async check(place, known) {
    for (let version = 1; version <= known.begun; version += 1) {
      const text = contentAt(made(place, version));
      if (text === contentOf(version)) continue;
      if (text !== undefined) return { kind: "torn", detail: `item ${version}: ${describe(text)}` };
      if (version <= known.returned) return { kind: "lost", detail: `item ${version} had returned` };
    }
    return undefined;
  },
};

/** A file is read, changed and replaced under its lock. */
export const update: Workload = {
  name: "update",
  setup: (place) => place.calls.files.writeFile(state(place), contentOf(0)),
  step: (place, version) => place.calls.updates.updateFile(state(place), () => contentOf(version)),
  check: async (place, known) =>
    judge(contentAt(state(place)), known) ??
    mustWork("the next update", () => place.calls.updates.updateFile(state(place), (text) => `${text}more\n`)),
};
