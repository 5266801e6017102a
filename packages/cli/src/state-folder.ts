import { existsSync, readdirSync } from "node:fs";
import { isUntornError, writeFile } from "untorn";
import { below } from "./below.ts";

/**
 * Makes a folder for state where there is none, durable with every folder above it that is missing, too: its first file is written with
 * them. That file keeps this machine's locks and journals out of git. One that holds nothing yet was made by a call that was killed.
 */
export async function makeStateFolder(folder: string): Promise<void> {
  if (existsSync(folder) && readdirSync(folder).some((name) => !name.includes(".untorn"))) return;
  try {
    await writeFile(below(folder, ".gitignore"), "/.untorn/\n", { ifAbsent: true, mkdir: true });
  } catch (error) {
    // Somebody else was first.
    if (!isUntornError(error) || error.code !== "UNTORN_EXISTS") throw error;
  }
}

/**
 * Does what needs a folder for state. Where there is none yet, it is made only when the work has got so far as to miss it: what is
 * refused before leaves nothing behind.
 */
export async function inStateFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (existsSync(folder)) await makeStateFolder(folder);
  try {
    return await work();
  } catch (error) {
    if (existsSync(folder) || !isUntornError(error) || error.code !== "UNTORN_NOT_FOUND") throw error;
  }
  await makeStateFolder(folder);
  return await work();
}
