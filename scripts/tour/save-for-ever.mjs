// A child of the tour: saves the files of a folder over and over, and reports every save that is done, until it is killed.
// Arguments: plain|untorn, the folder, the folder of the originals, the first number to save under.
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { saver } from "./savers.mjs";
import { version } from "./versions.mjs";

const [way, folder, originals, first, names] = process.argv.slice(2);
const subjects = JSON.parse(names).map((name) => ({ name, original: readFileSync(join(originals, name)) }));

const save = await saver(way);

writeSync(1, "ready\n");
for (let number = Number(first); ; number += 1) {
  const index = number % subjects.length;
  const { name, original } = subjects[index];
  await save(join(folder, name), version(name, original, number));
  writeSync(1, `${index} ${number}\n`);
}
