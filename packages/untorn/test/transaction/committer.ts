/**
 * A program for the test of competing transactions: commits overlapping sets of files for as long as it lives, and prints
 * the number of each commit that has returned. Arguments: root, name, seed.
 */
import { writeSync } from "node:fs";
import { transaction } from "../../src/index.ts";

const [root = "", name = "", seed = "1"] = process.argv.slice(2);
let state = Number(seed);
const random = (below: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % below;
};

for (let number = 1; ; number += 1) {
  const files = Array.from({ length: 5 }, (_, index) => `f${index}.txt`).filter(() => random(2) === 0);
  const entry = JSON.stringify({ name, number, files });
  await transaction(
    root,
    async (tx) => {
      // The history is written with the files: whoever reads all together can tell what they must be.
      const history = (await tx.readText("history.jsonl")).data;
      await tx.write("history.jsonl", `${history}${entry}\n`);
      for (const file of files) await tx.write(file, `${name} ${number}`);
    },
    { durability: random(4) === 0 ? "full" : "off", lockTimeoutMs: 60_000 },
  );
  writeSync(1, `${number}\n`);
}
