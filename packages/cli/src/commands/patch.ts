import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import { printable } from "untorn";
import type { PatchManager, PatchResult } from "@untorn/workspace/patches";
import { given, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "keep numbered patches, and apply or take back each whole or not at all";

export const usage = `
usage: untorn patch [OPTIONS] create TITLE FILE    store the unified diff in FILE (-: standard input); prints its number
       untorn patch [OPTIONS] apply NUMBER         all files of the patch change, or none
       untorn patch [OPTIONS] revert NUMBER        take it back: the old bytes, where a file is as the patch left it
       untorn patch [OPTIONS] list
       untorn patch [OPTIONS] show NUMBER

Patches are kept in .patches/ of the root as NUMBER-title.patch, with a note which of them are applied.

  --fuzz N       0 (default): a hunk fits only where the patch says. 1 to 3: it may be elsewhere, and so many lines of context may
                 differ; what it took is printed
  --root DIR     the folder that the paths in the patches are relative to (default: the current folder)
  --json         print what was done as JSON; errors as JSON too

Exit status: 0 done; 1 refused (it does not fit, it is applied already), no file is changed; 2 usage; 3 the transaction is committed
but could not be completed.
`;

const options = { fuzz: { type: "string" }, root: { type: "string" } } as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["ACTION", "ARGUMENT", "FILE"], least: 1 });
  const { PatchManager: Manager } = await import("@untorn/workspace/patches");
  const [action = "", ...rest] = operands;
  const { value, lines } = await act(new Manager(values.root ?? "."), action, rest, fuzzOf(values.fuzz));
  if (values.json === true) await printJson(value);
  else await print(lines.join(""));
  return exitStatus.done;
}

async function act(
  patches: PatchManager,
  action: string,
  [first, second]: readonly (string | undefined)[],
  fuzz: number | undefined,
): Promise<{ value: unknown; lines: readonly string[] }> {
  const number = (): string => {
    if (first === undefined) throw new UsageError("NUMBER is missing.");
    if (second !== undefined) throw new UsageError(`'${second}' is one argument too many.`);
    return first;
  };
  switch (action) {
    case "create": {
      if (first === undefined || second === undefined) throw new UsageError("It takes create TITLE FILE.");
      const value = await patches.create(
        first,
        second === "-" ? await textOf(process.stdin) : await readFile(second, "utf8"),
      );
      return { value, lines: [`${value.number}\n`] };
    }
    case "apply":
      return resultOf(await patches.apply(number(), given({ fuzz })));
    case "revert":
      return resultOf(await patches.revert(number(), given({ fuzz })));
    case "list": {
      if (first !== undefined) throw new UsageError(`'${first}' is one argument too many.`);
      const value = patches.list();
      const lines = value.map(({ number: each, title, applied }) => {
        return `${each}  ${applied === null ? "not applied" : `applied ${applied.at}`}  ${printable(title)}\n`;
      });
      return { value, lines };
    }
    case "show": {
      const value = patches.show(number());
      return { value, lines: [value.diff] };
    }
    default:
      throw new UsageError(`There is no action '${action}'. It takes create, apply, revert, list, show.`);
  }
}

function resultOf({ patch, files }: PatchResult) {
  const changed = files.map(({ from, to, places }) => ({ from, to, places }));
  const lines = changed.flatMap(({ from, to, places }) => [
    `${printable(to ?? `${from} (removed)`)}\n`,
    ...places
      .filter(({ offset, fuzz }) => offset !== 0 || fuzz !== 0)
      .map(
        ({ line, offset, fuzz }) =>
          `  a hunk at line ${line}: ${offset} lines from where the patch says, fuzz ${fuzz}\n`,
      ),
  ]);
  return { value: { patch, files: changed }, lines };
}

function fuzzOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[0-3]$/.test(value)) throw new UsageError(`--fuzz takes 0 to 3; it got '${value}'.`);
  return Number(value);
}
