// A child saves a file once and kills itself right before its first call to the system, another before its second, ...
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "./run-child.mjs";
import { emptyScore } from "./score.mjs";
import { ways } from "./subjects.mjs";
import { judge, version } from "./versions.mjs";

/** After this long no further file is begun, so that the tour stays short on a slow machine. */
const enoughMs = 12_000;

const program = fileURLToPath(new URL("save-once.mjs", import.meta.url));

/**
 * @param {{ folders: Record<string, string>, originals: string, subjects: import("./subjects.mjs").Subject[],
 *   progress: (done: number) => void }} plan
 * @returns {Promise<import("./score.mjs").Part>}
 */
export async function killAtEachStep({ folders, originals, subjects, progress }) {
  const scores = { plain: emptyScore(), untorn: emptyScore() };
  const started = Date.now();
  let done = 0;
  await Promise.all(
    ways.map(async (way) => {
      for (const [index, { name, original }] of subjects.entries()) {
        if (index > 0 && Date.now() - started > enoughMs) break;
        const path = join(folders[way], name);
        const run = (fatal) =>
          runChild(process.execPath, [program, way, path, name, join(originals, name), "1", "0", String(fatal)]);
        writeFileSync(path, version(name, original, 0));
        const { output } = await run(0);
        scores[way].saves += 1;
        const calls = Number(output);
        for (let step = 1; step <= calls; step += 1) {
          writeFileSync(path, version(name, original, 0));
          const { signal } = await run(step);
          if (signal !== "SIGKILL") throw new Error(`the child with ${way} was not killed at step ${step}`);
          scores[way].crashes += 1;
          scores[way][judge(path, name, original, { reported: 0 }).state] += 1;
          done += 1;
          progress(Math.min(1, done / (subjects.length * (calls + 3))));
        }
      }
    }),
  );
  return { title: "killed before every single call", ...scores };
}
