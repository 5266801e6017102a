// A saved file tells which save it is, so that what is found after a crash can be judged byte by byte.
import { readFileSync } from "node:fs";

/**
 * The content of save number `save`: the number, then the original, then `growth` bytes more. JSON stays JSON.
 * @param {string} name
 * @param {Buffer} original
 * @param {number} save
 * @param {number} [growth]
 */
export function version(name, original, save, growth = 0) {
  const more = growth === 0 ? "" : `${" ".repeat(growth)}\n`;
  if (name.endsWith(".json")) {
    const text = original.toString("utf8");
    const start = text.indexOf("{");
    if (start !== -1) {
      return Buffer.from(`${text.slice(0, start + 1)}"save": ${save},${text.slice(start + 1)}${more}`);
    }
  }
  return Buffer.concat([Buffer.from(`save: ${save}\n`), original, Buffer.from(more)]);
}

/**
 * What has become of a file: `whole`, `torn` (cut short or mixed), `empty`, or `lost` (gone, or older than a save that
 * was reported as done).
 * @param {string} path
 * @param {string} name
 * @param {Buffer} original
 * @param {{ reported: number, growth?: number }} expected
 * @returns {{ state: "whole" | "torn" | "empty" | "lost", save: number }}
 */
export function judge(path, name, original, { reported, growth = 0 }) {
  let found;
  try {
    found = readFileSync(path);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return { state: "lost", save: 0 };
  }
  if (found.byteLength === 0) return { state: "empty", save: 0 };
  const digits = /"?save"?: (\d+)/.exec(found.subarray(0, original.byteLength + 64).toString("latin1"))?.[1];
  const save = Number(digits ?? Number.NaN);
  const grown = found.byteLength >= original.byteLength + growth ? growth : 0;
  if (digits === undefined || !found.equals(version(name, original, save, grown))) return { state: "torn", save: 0 };
  return { state: save >= reported ? "whole" : "lost", save };
}
