import { printable } from "untorn";
import { probeFolder } from "untorn/monitor";
import type { Probe } from "untorn/monitor";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { folderNamed } from "../folder-named.ts";
import { print, printJson } from "../output.ts";
import { shown } from "../quantities.ts";

export const summary = "find out what is guaranteed on the filesystem of a folder";

export const usage = `
usage: untorn doctor [OPTIONS] [DIR]

Tries out what untorn relies on in DIR (default: the current folder): replacing a file, syncs of files and directories, hard and
symbolic links, letter case, permissions, extended attributes, locks; and looks at the kind of filesystem and the free space.
It says what is guaranteed there, what is not, and what to change. It works in a folder of its own, which it removes again.

  --json    print one object: path, guaranteed, probes

Exit status: 0 everything is guaranteed; 1 something is weaker here; 2 usage.
`;

const marks: Readonly<Record<Probe["state"], string>> = { good: "good   ", weaker: "WEAKER ", unknown: "unknown" };

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, {}, { names: ["DIR"], least: 0 });
  const path = folderNamed(operands[0] ?? ".");
  const probes = probeFolder(path);
  const guaranteed = probes.every(({ state }) => state !== "weaker");
  if (values.json === true) await printJson({ path, guaranteed, probes });
  else await print(text(path, guaranteed, probes));
  return guaranteed ? exitStatus.done : exitStatus.refused;
}

function text(path: string, guaranteed: boolean, probes: readonly Probe[]): string {
  const width = Math.max(...probes.map(({ name }) => name.length));
  const lines = probes.flatMap(({ name, state, fact, advice }) => [
    `${marks[state]}  ${name.padEnd(width)}  ${printable(fact)}`,
    ...(advice === undefined ? [] : [`${" ".repeat(11 + width)}${advice}`]),
  ]);
  const verdict = guaranteed
    ? "files are replaced whole and durably, and locks hold."
    : "something is weaker here than untorn promises elsewhere; see above.";
  return `${lines.map((line) => `${line}\n`).join("")}\n${shown(path)}: ${verdict}\n`;
}
