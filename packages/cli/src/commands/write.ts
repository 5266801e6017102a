import { writeFile } from "untorn";
import type { Receipt } from "untorn";
import { durabilityOf, etagOf, generationsOf, modeOf, oneOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { interruptible } from "../interruption.ts";
import { OutputClosed, printJson, tell } from "../output.ts";
import { nonEmpty, outputOf } from "../producer.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "replace a file with standard input or a command's output, whole or not at all";

export const usage = `
usage: untorn write [OPTIONS] FILE < CONTENT
       untorn write [OPTIONS] FILE -- COMMAND [ARGS ...]

Replaces FILE whole or not at all. With COMMAND, FILE becomes its output, and only if it exits with status 0.
(In a pipe nobody sees whether the program before it failed: use -- COMMAND.) Empty content is refused.

  --allow-empty          accept empty content
  --durability LEVEL     full (default: survives a power cut), normal (old or new after a power cut), off
  --generations N        keep N earlier contents (untorn history, diff, restore)
  --if-absent            create FILE; refuse if it is there
  --if-match ETAG        refuse unless FILE has this content now (see \`untorn read --json\`, sha256sum)
  --in-place             for a file that is mounted by itself: rewrite it with a synced copy of the old content beside it
  --mkdir                make missing directories
  --mode MODE            permission bits in octal; default: those of FILE, else as the umask leaves them
  --skip-unchanged       leave FILE alone if it has this content already
  --symlinks POLICY      follow (default), replace, refuse
  --json                 print a receipt; errors as JSON too
  -q, --quiet            do not mention metadata that could not be kept

Exit status: 0 done; 1 refused or failed, FILE is unchanged; 2 usage; 3 failed at or after the replace.
`;

const options = {
  "allow-empty": { type: "boolean" },
  durability: { type: "string" },
  generations: { type: "string" },
  "if-absent": { type: "boolean" },
  "if-match": { type: "string" },
  "in-place": { type: "boolean" },
  mkdir: { type: "boolean" },
  mode: { type: "string" },
  quiet: { type: "boolean", short: "q" },
  "skip-unchanged": { type: "boolean" },
  symlinks: { type: "string" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const cut = argv.indexOf("--");
  const command = cut === -1 ? undefined : argv.slice(cut + 1);
  if (command?.length === 0) throw new UsageError("COMMAND is missing after --.");
  const { values, operands } = await parseArguments(cut === -1 ? argv : argv.slice(0, cut), options, {
    names: ["FILE"],
  });
  const file = operands[0] as string;
  if (values["if-absent"] === true && values["if-match"] !== undefined) {
    throw new UsageError("--if-absent and --if-match exclude each other.");
  }
  const wanted = {
    durability: durabilityOf(values.durability),
    generations: generationsOf(values.generations),
    ifAbsent: values["if-absent"],
    ifMatch: etagOf(values["if-match"]),
    inPlace: values["in-place"] === true ? ("journaled" as const) : undefined,
    mkdir: values.mkdir,
    mode: modeOf(values.mode),
    skipUnchanged: values["skip-unchanged"],
    symlinks: oneOf("--symlinks", values.symlinks, ["follow", "replace", "refuse"]),
  };
  if (command === undefined && process.stdin.isTTY) tell("reading from the terminal; end with Ctrl-D.");
  const receipt = await interruptible((signal) => {
    const content: AsyncIterable<Uint8Array> = command === undefined ? process.stdin : outputOf(command, file, signal);
    const checked = values["allow-empty"] === true ? content : nonEmpty(content, file);
    return writeFile(file, checked, { ...wanted, signal });
  });
  if (values.quiet !== true) mention(receipt);
  if (values.json === true) await printReceipt(receipt);
  return exitStatus.done;
}

/** What is weaker than asked for is said, also to those who do not read receipts (G4). */
function mention(receipt: Receipt): void {
  for (const what of receipt.metadata.lost) tell(`${receipt.path}: written, but not kept: ${what}.`);
  for (const what of receipt.notes) tell(`${receipt.path}: written, but ${what}.`);
}

/** The file is in place whether or not somebody reads this to its end. */
async function printReceipt(receipt: Receipt): Promise<void> {
  try {
    await printJson(receipt);
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
}
