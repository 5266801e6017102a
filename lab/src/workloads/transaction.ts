import { readdirSync } from "node:fs";
import { contentAt, contentOf, describe, mustWork, versionOf } from "./workload.ts";
import type { Place, Workload } from "./workload.ts";

/** Five files in three folders. */
const names = ["registry.json", "backlog/one.md", "backlog/two.md", "active/three.md", "active/four.md"];

const change = (place: Place, version: number): Promise<unknown> =>
  place.calls.transactions.transaction(place.folder, async (tx) => {
    for (const name of names) await tx.write(name, contentOf(version, name));
  });

/** Recovery is what the next transaction does first; it changes nothing itself. */
const recover = (place: Place): Promise<unknown> => place.calls.transactions.transaction(place.folder, () => undefined);

/** Five files change together. */
export const transaction: Workload = {
  name: "transaction",
  setup: (place) => change(place, 0),
  step: change,
  isHalfDone: ({ folder }) => readdirSync(`${folder}/.untorn`).some((name) => name.endsWith(".journal")),
  recover,
  async check(place, known) {
    const stuck = place.unrecovered === true ? undefined : await mustWork("recovery", () => recover(place));
    if (stuck !== undefined) return stuck;
    const versions = new Set<number>();
    for (const name of names) {
      const text = contentAt(`${place.folder}/${name}`);
      const version = versionOf(text, known, name);
      if (version === undefined) return { kind: "torn", detail: `${name}: ${describe(text)}` };
      versions.add(version);
    }
    const [version = 0, ...others] = versions;
    if (others.length > 0) return { kind: "torn", detail: `versions ${[...versions].join(" and ")}` };
    if (version < known.returned) {
      return { kind: "lost", detail: `version ${version}, after ${known.returned} had returned` };
    }
    return undefined;
  },
};
