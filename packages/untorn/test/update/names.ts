import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The names in a folder, sorted, once the empty folder of a lock that was taken again and again has had its rest. */
export async function restedNames(place: string): Promise<string[]> {
  for (let tries = 0; tries < 100; tries += 1) {
    const names = readdirSync(place).toSorted();
    if (!names.some((name) => name.endsWith(".untorn.lock"))) return names;
    await sleep(10);
  }
  return readdirSync(place).toSorted();
}
