// Adds one to a counter, so many times, and says how many it has added. Every second child does it on the calling thread.
import { updateJson, updateJsonSync } from "../../src/json.ts";
import type { Durability } from "../../src/index.ts";

const [, , path = "", times = "0", durability = "full", how = ""] = process.argv;
const options = { durability: durability as Durability, lockTimeoutMs: 60_000 };
const addOne = (current: unknown): void => {
  (current as { count: number }).count += 1;
};

let added = 0;
for (; added < Number(times); added += 1) {
  if (how === "sync") updateJsonSync(path, addOne, options);
  else await updateJson(path, addOne, options);
}
process.send?.(added);
