// A child saves the files over and over; it is killed at a random moment, what it left is judged, and again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { watched } from "./place.mjs";
import { emptyScore, worst } from "./score.mjs";
import { ways } from "./subjects.mjs";
import { judge, version } from "./versions.mjs";

const program = fileURLToPath(new URL("save-for-ever.mjs", import.meta.url));
/** Long enough for a few saves of either way; which of them is hit, and where, is left to chance. */
const longestMs = 30;

/**
 * @param {{ folders: Record<string, string>, originals: string, subjects: import("./subjects.mjs").Subject[],
 *   random: () => number, seconds: number, progress: (done: number) => void }} plan
 * @returns {Promise<import("./score.mjs").Part>}
 */
export async function killAtRandom(plan) {
  const scores = { plain: emptyScore(), untorn: emptyScore() };
  const started = Date.now();
  const last = started + plan.seconds * 1000;
  await Promise.all(
    ways.map(async (way) => {
      let next = 1;
      while (Date.now() < last) {
        next = await oneRound(way, plan, scores[way], next);
        plan.progress(Math.min(1, (Date.now() - started) / (plan.seconds * 1000)));
      }
    }),
  );
  return { title: "killed at a random moment", ...scores };
}

async function oneRound(way, { folders, originals, subjects, random }, score, first) {
  const names = JSON.stringify(subjects.map(({ name }) => name));
  const child = watched(
    spawn(process.execPath, [program, way, folders[way], originals, String(first), names], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = once(child, "close");
  await Promise.race([once(child.stdout, "data"), ended]);
  await delay(random() * longestMs);
  child.kill("SIGKILL");
  const [status] = await ended;
  if (status !== null) throw new Error(`the child that saves with ${way} ended by itself, with status ${status}`);

  const reported = subjects.map(() => 0);
  let newest = first;
  for (const [, index, number] of output.matchAll(/^(\d+) (\d+)\n/gm)) {
    reported[Number(index)] = Number(number);
    newest = Number(number);
    score.saves += 1;
  }
  score.crashes += 1;
  const states = subjects.map(({ name, original }, index) => {
    const path = join(folders[way], name);
    const { state } = judge(path, name, original, { reported: reported[index] });
    // The next round shall find a whole file again.
    if (state !== "whole") writeFileSync(path, version(name, original, newest));
    return state;
  });
  score[worst(states)] += 1;
  return newest + 1;
}
