// Counts what was found, per way of saving.
import { readdirSync } from "node:fs";
import { isTempFor, parseTempName } from "../../packages/untorn/dist/src/atomic/index.js";
import { nodePort } from "../../packages/untorn/dist/src/platform/index.js";

/** @typedef {{ crashes: number, saves: number, whole: number, torn: number, empty: number, lost: number }} Score */
/** @typedef {{ title: string, plain: Score, untorn: Score, note?: string }} Part */

/** @returns {Score} */
export function emptyScore() {
  return { crashes: 0, saves: 0, whole: 0, torn: 0, empty: 0, lost: 0 };
}

/**
 * The worst of what one crash left; it can only have hit the file that was being saved.
 * @param {Array<"whole" | "torn" | "empty" | "lost">} states
 */
export function worst(states) {
  return ["lost", "torn", "empty"].find((state) => states.includes(state)) ?? "whole";
}

/**
 * The files in a folder that nobody asked for: how many, how many of them untorn's name gives away as temps of a file
 * here whose writer is dead, and how many it does not.
 * @param {string} folder
 * @param {readonly string[]} names
 */
export function countTemps(folder, names) {
  const known = new Set(names);
  const found = { temps: 0, recognised: 0 };
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const parent = entry.parentPath ?? entry.path;
    const inside = parent.slice(folder.length + 1);
    if (known.has(inside === "" ? entry.name : `${inside}/${entry.name}`.replaceAll("\\", "/"))) continue;
    found.temps += 1;
    const temp = parseTempName(entry.name);
    const siblings = names.filter((name) => name.replaceAll("\\", "/").startsWith(inside.replaceAll("\\", "/")));
    const ours = temp !== undefined && siblings.some((name) => isTempFor(temp, name.split(/[\\/]/).at(-1)));
    if (ours && nodePort.liveness(temp.owner) === "dead") found.recognised += 1;
  }
  return found;
}
