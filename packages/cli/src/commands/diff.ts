import { readFile, readGeneration } from "untorn";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { generationNumber } from "../generation-number.ts";
import { print, printJson } from "../output.ts";

export const summary = "show what changed in a file since an earlier content";

export const usage = `
usage: untorn diff [OPTIONS] FILE [GEN]

Shows what changed from generation GEN (default: the newest one that differs) to FILE as it is now, as a unified diff. An
empty or corrupt FILE is shown as it is.

  --json    print {path, generation, same, patch}

Exit status: 0 no difference; 1 they differ, or there is no such generation; 2 usage.
`;

/** More changed lines than this are not worth a minute of work; the diff then replaces everything. */
const longestEdit = 20_000;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, {}, { names: ["FILE", "GEN"], least: 1 });
  const file = operands[0] as string;
  const { number, data } = await readGeneration(file, generationNumber(operands[1]));
  const now = await contentOf(file);
  const { createTwoFilesPatch } = await import("diff");
  const before = Buffer.from(data).toString();
  const same = before === now;
  const names = [`${file} (generation ${number})`, file] as const;
  const patch = same
    ? ""
    : (createTwoFilesPatch(...names, before, now, undefined, undefined, { maxEditLength: longestEdit }) ??
      replacement(names, before, now));
  if (values.json === true) await printJson({ path: file, generation: number, same, patch });
  else await print(patch.replace(/^=+\n/, ""));
  return same ? exitStatus.done : exitStatus.refused;
}

/** The file's text, whatever it is worth: what is wrong with it is what people want to see. */
async function contentOf(file: string): Promise<string> {
  try {
    return Buffer.from((await readFile(file, { allowEmpty: true })).data).toString();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "UNTORN_NOT_FOUND" || code === "UNTORN_CORRUPT") return "";
    throw error;
  }
}

function replacement(names: readonly [string, string], before: string, now: string): string {
  const lines = (text: string, sign: string): string =>
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => `${sign}${line}\n`)
      .join("");
  return `--- ${names[0]}\n+++ ${names[1]}\n${lines(before, "-")}${lines(now, "+")}`;
}
