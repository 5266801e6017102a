import { watch } from "node:fs";
import { printable } from "untorn";
import { longestTimerMs, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { folderNamed } from "../folder-named.ts";
import { FolderWatcher } from "../folder-watcher.ts";
import type { Change } from "../folder-watcher.ts";
import { print, printJson, tell } from "../output.ts";
import { shown } from "../quantities.ts";
import { secondsOf } from "../recovery-options.ts";

export const summary = "keep an eye on a folder, and say what goes wrong as it happens";

export const usage = `
usage: untorn watch [OPTIONS] [DIR]

Looks at DIR (default: the current folder) and below as \`untorn check\` does, again whenever something changes there, and prints one
line for each thing that goes wrong, and one when it is right again. Nothing is changed. Ends with Ctrl-C.

  --every SECONDS      also look this often, for what makes no sound (default 10)
  --quiet-for SECONDS  a temp of whose writer nothing is known counts as left behind after so long (default 60)
  --json               one object per line: event, at, finding

Exit status: 0 ended by a signal; 1 the folder cannot be read; 2 usage.
`;

const options = { every: { type: "string" }, "quiet-for": { type: "string" } } as const;

/** Changes come in bursts: after one, this long is waited for its end, milliseconds. */
const settleMs = 200;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["DIR"], least: 0 });
  const path = folderNamed(operands[0] ?? ".");
  const everyMs = Math.min(longestTimerMs, Math.max(1000, secondsOf("--every", values.every).quietMs ?? 10_000));
  await (await import("../layouts.ts")).useLayouts();
  const watcher = new FolderWatcher(path, secondsOf("--quiet-for", values["quiet-for"]));
  const report = (change: Change): Promise<void> =>
    values.json === true ? printJson(change) : print(`${line(change)}\n`);
  const ending = new AbortController();
  let wake = (): void => {};
  const end = (): void => {
    ending.abort();
    wake();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  const stop = listen(path, () => wake());
  try {
    while (!ending.signal.aborted) {
      for (const change of await watcher.look()) await report(change);
      if (ending.signal.aborted) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          setTimeout(resolve, ending.signal.aborted ? 0 : settleMs);
        };
      });
      wake = () => {};
    }
  } finally {
    stop();
  }
  return exitStatus.done;
}

/** The system's notices, where it has any; without them there is the clock. */
function listen(path: string, changed: () => void): () => void {
  try {
    const watcher = watch(path, { recursive: true, persistent: false }, changed);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch (error) {
    tell(`${path}: changes are only seen every few seconds (${(error as NodeJS.ErrnoException).code}).`);
    return () => {};
  }
}

function line({ event, at, finding }: Change): string {
  const { kind, path, detail } = finding;
  const what = event === "gone" ? "right again" : printable(detail);
  return `${at.slice(11, 19)}  ${kind.padEnd(11)}  ${shown(path)}  ${what}`;
}
