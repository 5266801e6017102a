// The tour: saves real files while everything goes wrong, with plain fs.writeFile and with untorn, side by side.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { argumentsOf } from "../arguments.mjs";
import { killAtEachStep } from "./each-step.mjs";
import { fillTheDisk } from "./full-disk.mjs";
import { makePlace } from "./place.mjs";
import { killAtRandom } from "./random-kills.mjs";
import { countTemps } from "./score.mjs";
import { seeded } from "./seeded.mjs";
import { progressOf, table } from "./show.mjs";
import { lay, readSubjects, ways } from "./subjects.mjs";

const usage = "npm start [FOLDER] [-- --seconds N --seed N --json FILE]";
const shipped = fileURLToPath(new URL("../../examples/state", import.meta.url));
/** So many files are stopped at every step, and saved to a full disk; all of them are saved under random kills. */
const stepFiles = 3;
const diskFiles = 12;

/** @param {string[]} argv */
export async function tour(argv) {
  const { folder, seconds, seed, json } = readArguments(argv);
  const { subjects, left } = readSubjects(folder);
  if (subjects.length === 0) {
    console.error(`There is no file to save in ${folder}.`);
    return 2;
  }
  const out = process.stdout;
  const place = makePlace();
  const folders = Object.fromEntries(ways.map((way) => [way, join(place, way)]));
  const originals = join(place, "originals");
  for (const target of Object.values(folders)) lay(target, subjects);
  for (const { name, original } of subjects) {
    mkdirSync(dirname(join(originals, name)), { recursive: true });
    writeFileSync(join(originals, name), original);
  }
  const skipped = left === 0 ? "" : ` (${left} more are left out: too many or too large)`;
  out.write(
    `A copy of ${subjects.length} files${skipped} is saved again and again, with plain fs.writeFile and with untorn.\n`,
  );
  out.write(`seed ${seed}\n\n`);

  const parts = [
    await shown("kill -9 at random moments", out, (progress) =>
      killAtRandom({ folders, originals, subjects, random: seeded(seed), seconds, progress }),
    ),
    await shown("kill -9 before every single call", out, (progress) =>
      killAtEachStep({ folders, originals, subjects: subjects.slice(0, stepFiles), progress }),
    ),
    await shown("no room left", out, (progress) =>
      fillTheDisk({ folder: place, originals, subjects: subjects.slice(0, diskFiles), progress }),
    ),
  ].filter((part) => part !== undefined);

  const temps = countTemps(
    folders.untorn,
    subjects.map(({ name }) => name),
  );
  for (const part of parts) {
    temps.temps += part.temps?.temps ?? 0;
    temps.recognised += part.temps?.recognised ?? 0;
  }
  out.write(`\n${table(parts, temps)}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ seed, parts, temps }, null, 2)}\n`);
  const good = parts.every(({ untorn }) => untorn.whole === untorn.crashes) && temps.temps === temps.recognised;
  out.write(good ? "\nuntorn: every file whole, every time.\n" : "\nuntorn left something that it must not leave.\n");
  return good ? 0 : 1;
}

/**
 * @template {import("./score.mjs").Part | undefined} P
 * @param {string} title
 * @param {NodeJS.WriteStream} out
 * @param {(progress: (done: number) => void) => Promise<P>} run
 */
async function shown(title, out, run) {
  const started = Date.now();
  const { at, end } = progressOf(title, out);
  at(0);
  const part = await run(at);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (part === undefined) end("not on this platform");
  else end(`${part.plain.crashes} + ${part.untorn.crashes} times, ${seconds} s${part.note ? ` (${part.note})` : ""}`);
  return part;
}

function readArguments(argv) {
  const options = { seconds: { type: "string" }, seed: { type: "string" }, json: { type: "string" } };
  const { values, positionals } = argumentsOf(usage, { args: argv, options, allowPositionals: true });
  const folder = positionals[0] ?? shipped;
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    console.error(`${folder} is not a folder.`);
    process.exit(2);
  }
  const seed = Number(values.seed ?? process.env.UNTORN_SEED ?? Math.floor(Math.random() * 2 ** 31));
  return { folder, seconds: Number(values.seconds ?? 15), seed, json: values.json };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await tour(process.argv.slice(2));
