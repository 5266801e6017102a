import { readFile, transaction } from "untorn";
import type { TransactionOptions } from "untorn";
import { generationsOf, oneOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { inputText } from "../input.ts";
import { print, printJson, tell } from "../output.ts";
import { detailed } from "../report.ts";
import type { Step } from "../tx/step.ts";
import type { diffOf } from "../tx/unified-diff.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "change several files together: all of them or none";

export const usage = `
usage: untorn tx [OPTIONS] FILE       carry out the script in FILE
       untorn tx [OPTIONS] < SCRIPT   ... on standard input

All steps take effect together, also across a crash, or none does. A step sees what those before it did. Paths are
relative to the root and cannot leave it. One step a line:

  write PATH TEXT               the file's whole new content; missing directories are made
  write PATH <<END              ... the lines up to one that is END
  json PATH FILTER              a jq filter, as in \`untorn json\`: json registry.json '.next += 1'
  md PATH ACTION ...            an edit of \`untorn md\`: md STATE.md set Status done; text by --text or <<END
  frontmatter PATH KEY VALUE    set a field; VALUE is JSON, or text if it is no JSON
  remove PATH
  rename PATH NEW-PATH          a file or a directory; NEW-PATH must not be there
  mkdir PATH

Words are separated by blanks; '...' is taken as it is, "..." is JSON text ("\\n" is a line end), # begins a comment.
A script that begins with [ is JSON, a list of steps: [{"op":"write","path":"a.md","text":"..."},
{"op":"md","path":"STATE.md","words":["set","Status","done"]}, {"op":"rename","path":"a","to":"b"}].

  --root DIR            the directory in which it all happens; default: the current one. It gets a folder .untorn
  --dry-run             print what would change as a unified diff, and change nothing
  --durability LEVEL    full (default: survives a power cut), off
  --generations N       keep N earlier contents of each file that is replaced (untorn history, diff, restore)
  --json                print a receipt; errors as JSON too, with the step that failed

Exit status: 0 done; 1 refused or failed, nothing is changed; 2 usage; 3 failed after the commit.
`;

const options = {
  root: { type: "string" },
  "dry-run": { type: "boolean" },
  durability: { type: "string" },
  generations: { type: "string" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["FILE"], least: 0 });
  const durability = oneOf("--durability", values.durability, ["full", "off"]) ?? "full";
  const generations = generationsOf(values.generations);
  const root = values.root ?? ".";
  if (root === "") throw new UsageError("--root is empty.");
  const { readScript } = await import("../tx/script.ts");
  const steps = await readScript(await scriptText(operands[0] ?? "-"));
  const asJson = values.json === true;
  // The steps may be carried out again: the last one that was begun is the one that an error is of.
  let begun: Step | undefined;
  const each = async (step: Step, part: () => Promise<void>): Promise<void> => {
    begun = step;
    await naming(step, part, asJson);
    begun = undefined;
  };
  try {
    if (values["dry-run"] === true) return await dryRun(root, steps, each, asJson);
    return await commit(root, steps, each, { durability, generations }, asJson);
  } catch (error) {
    if (begun === undefined) throw error;
    const { where, op, path } = begun;
    throw detailed(error, { step: { where, op, path } });
  }
}

async function commit(
  root: string,
  steps: readonly Step[],
  each: Parameters<typeof diffOf>[2],
  how: TransactionOptions,
  asJson: boolean,
): Promise<number> {
  const { carryOut } = await import("../tx/carry-out.ts");
  const { receipt } = await transaction(
    root,
    async (tx) => {
      for (const step of steps) await each(step, () => carryOut(tx, step));
    },
    { ...how, purpose: "untorn tx" },
  );
  if (asJson) await printJson(receipt);
  return exitStatus.done;
}

async function dryRun(
  root: string,
  steps: readonly Step[],
  each: Parameters<typeof diffOf>[2],
  asJson: boolean,
): Promise<number> {
  const { diffOf: toDiff } = await import("../tx/unified-diff.ts");
  const { value: diff } = await transaction(root, async (tx) => await toDiff(tx, steps, each), { dryRun: true });
  if (asJson) await printJson({ diff });
  else await print(diff);
  return exitStatus.done;
}

/** Says which step it was that failed. */
async function naming(step: Step, part: () => Promise<void>, asJson: boolean): Promise<void> {
  try {
    await part();
  } catch (error) {
    if (error instanceof UsageError)
      throw new UsageError(`In ${step.where} (${step.op} ${step.path}): ${error.message}`);
    if (!asJson) tell(`${step.where} (${step.op} ${step.path}) cannot be done, so nothing is.`);
    throw error;
  }
}

async function scriptText(file: string): Promise<string> {
  if (file !== "-") return (await readFile(file, { encoding: "utf8", allowEmpty: true })).data;
  return await inputText("-");
}
