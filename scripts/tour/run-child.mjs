import { spawn } from "node:child_process";
import { once } from "node:events";
import { watched } from "./place.mjs";

/**
 * Runs a program to its end; its standard output is what it has to say.
 * @param {string} program
 * @param {string[]} args
 */
export async function runChild(program, args) {
  const child = watched(spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] }));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  const [status, signal] = await once(child, "close");
  return { output: output.trim(), status, signal };
}
