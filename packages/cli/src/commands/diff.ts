import { readFile } from "node:fs/promises";
import { readGeneration } from "untorn";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { generationNumber } from "../generation-number.ts";
import { print, printJson } from "../output.ts";
import { unchanged } from "../report.ts";

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
  const bytes = await contentOf(file);
  const { createTwoFilesPatch } = await import("diff");
  const same = Buffer.compare(data, bytes) === 0;
  const [before, now] = textsOf(data, bytes);
  const names = [`${file} (generation ${number})`, file] as const;
  const patch = same
    ? ""
    : (createTwoFilesPatch(...names, before, now, undefined, undefined, { maxEditLength: longestEdit }) ??
      replacement(names, before, now));
  if (values.json === true) await printJson({ path: file, generation: number, same, patch });
  else await print(patch.replace(/^=+\n/, ""));
  return same ? exitStatus.done : exitStatus.refused;
}

/** The file's bytes, whatever they are worth: what is wrong with them is what people want to see. */
async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Uint8Array();
    throw unchanged(error, file);
  }
}

/** Two contents as text. Where they differ only in what is not UTF-8, byte by byte. */
function textsOf(before: Uint8Array, now: Uint8Array): readonly [string, string] {
  const texts = (encoding: BufferEncoding) =>
    [Buffer.from(before).toString(encoding), Buffer.from(now).toString(encoding)] as const;
  const [old, fresh] = texts("utf8");
  return old === fresh ? texts("latin1") : [old, fresh];
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
