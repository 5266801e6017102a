import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isUntornError, writeFile } from "untorn";

/**
 * Makes a folder for state where there is none, durable with every folder above it that is missing, too: its first file is written with
 * them. That file keeps this machine's locks and journals out of git. One that holds nothing yet was made by a call that was killed.
 */
export async function makeStateFolder(folder: string): Promise<void> {
  if (existsSync(folder) && readdirSync(folder).some((name) => !name.includes(".untorn"))) return;
  try {
    await writeFile(join(folder, ".gitignore"), "/.untorn/\n", { ifAbsent: true, mkdir: true });
  } catch (error) {
    // Somebody else was first.
    if (!isUntornError(error) || error.code !== "UNTORN_EXISTS") throw error;
  }
}
