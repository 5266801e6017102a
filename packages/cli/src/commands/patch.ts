import { printable } from "untorn";
import type { PatchManager, PatchResult } from "@untorn/workspace/patches";
import { chooseAction } from "../actions.ts";
import type { Takes } from "../actions.ts";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { folderNamed } from "../folder-named.ts";
import { inputText } from "../input.ts";
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

// A specification or a patch is content: what is wrong with it is no mistake in the command line.
export { contentStatus as statusOf } from "../report.ts";

const options = { fuzz: { type: "string" }, root: { type: "string" } } as const;

interface Call {
  readonly patches: PatchManager;
  readonly operands: readonly string[];
  readonly fuzz: number | undefined;
}

/** An action, and what it prints. */
interface Action extends Takes {
  readonly act: (call: Call) => Promise<{ value: unknown; lines: readonly string[] }>;
}

const actions: Readonly<Record<string, Action>> = {
  create: {
    takes: ["TITLE", "FILE"],
    async act({ patches, operands: [title = "", file = ""] }) {
      const value = await patches.create(title, await inputText(file));
      return { value, lines: [`${value.number}\n`] };
    },
  },
  apply: {
    takes: ["NUMBER"],
    options: ["fuzz"],
    act: async ({ patches, operands: [number = ""], fuzz }) => resultOf(await patches.apply(number, { fuzz })),
  },
  revert: {
    takes: ["NUMBER"],
    options: ["fuzz"],
    act: async ({ patches, operands: [number = ""], fuzz }) => resultOf(await patches.revert(number, { fuzz })),
  },
  list: {
    takes: [],
    act({ patches }) {
      const value = patches.list();
      const lines = value.map(({ number, title, applied }) => {
        return `${number}  ${applied === null ? "not applied" : `applied ${applied.at}`}  ${printable(title)}\n`;
      });
      return Promise.resolve({ value, lines });
    },
  },
  show: {
    takes: ["NUMBER"],
    act({ patches, operands: [number = ""] }) {
      const value = patches.show(number);
      return Promise.resolve({ value, lines: [value.diff] });
    },
  },
};

export async function run(argv: string[]): Promise<number> {
  const { values, operands: words } = await parseArguments(argv, options, {
    names: ["ACTION", "ARGUMENT"],
    least: 1,
    many: true,
  });
  const { action, operands } = chooseAction(actions, words, values, ["root"]);
  const fuzz = fuzzOf(values.fuzz);
  const { PatchManager: Manager } = await import("@untorn/workspace/patches");
  const patches = new Manager(folderNamed(values.root ?? "."));
  const { value, lines } = await action.act({ patches, operands, fuzz });
  if (values.json === true) await printJson(value);
  else await print(lines.join(""));
  return exitStatus.done;
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
