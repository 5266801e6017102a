// The files that are saved, and a place for each of the two ways to save them.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { version } from "./versions.mjs";

/** @typedef {{ name: string, original: Buffer }} Subject */
/** @typedef {"plain" | "untorn"} Way */

export const ways = /** @type {const} */ (["plain", "untorn"]);

/** More and larger files would only make every round longer. */
const fileLimit = 100;
const byteLimit = 4 * 1024 * 1024;

/**
 * Reads the files of a folder; nothing in it is ever changed.
 * @param {string} folder
 * @returns {{ subjects: Subject[], left: number }}
 */
export function readSubjects(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => !/(^|[\\/])(node_modules|\.git)([\\/]|$)/.test(name))
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile())
    .sort();
  const fitting = names.filter((name) => statSync(join(folder, name)).size <= byteLimit).slice(0, fileLimit);
  const subjects = fitting.map((name) => ({ name, original: readFileSync(join(folder, name)) }));
  return { subjects, left: names.length - fitting.length };
}

/**
 * Puts version 0 of every file into a folder.
 * @param {string} folder
 * @param {Subject[]} subjects
 */
export function lay(folder, subjects) {
  for (const { name, original } of subjects) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), version(name, original, 0));
  }
}
