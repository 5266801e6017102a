/**
 * A program that works on a store at random and writes down every call before and after it, so that whoever kills it knows
 * which one was under way. Arguments: directory, name, seed, number of calls. Waits for a line before it begins.
 */
import { once } from "node:events";
import { writeSync } from "node:fs";
import { openStore } from "../../src/store.ts";
import { runRandomClient, SeededRandom, sharedClockMs } from "../../src/testing/index.ts";

const [directory = "", name = "", seed = "", count = ""] = process.argv.slice(2);
const store = await openStore(directory);
const say = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`);
say({ ready: true });
await once(process.stdin, "data");
await runRandomClient(store, name, new SeededRandom(Number(seed)), Number(count), {
  begin: (call) => say({ begun: sharedClockMs(), call }),
  end: (call) => say({ ended: sharedClockMs(), call }),
});
await store.close();
// Not destroy(): in Deno 2.9 a read that is under way goes on after it, and the process does not end.
process.stdin.pause();
