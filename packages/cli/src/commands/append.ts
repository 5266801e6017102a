import { isUntornError, UntornError, withSentence } from "untorn/errors";
import type { AppendReceipt } from "untorn/jsonl";
import { durabilityOf, parseArguments, wholeNumber } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { inputLines } from "../input.ts";
import { printJson, tell } from "../output.ts";

export const summary = "append standard input to a log, line by line, never torn";

export const usage = `
usage: untorn append [OPTIONS] FILE < LINES

Appends the lines of standard input to FILE in one write, all of them or none, safe beside other processes that append. Each
line must be JSON (JSON Lines), and goes into the log as it is. A last line that an earlier crash cut off is set aside first,
and never glued to the next record.

  --durability LEVEL     full (default: survives a power cut), normal (the content is synced, a new name is not), off
  --follow               append lines as they come, until standard input ends
  --max-bytes N          drop the oldest lines once FILE has more bytes than that
  --max-entries N        drop the oldest lines once FILE has more lines than that
  --mkdir                make missing directories
  --text                 plain text instead of JSON
  --json                 print a receipt; errors as JSON too

Exit status: 0 done; 1 refused or failed, the lines of FILE are unchanged (one that was cut off may be aside already); 2 usage;
3 the lines are in FILE, but may not survive a power cut.
`;

export { contentStatus as statusOf } from "../report.ts";

const options = {
  durability: { type: "string" },
  follow: { type: "boolean" },
  "max-bytes": { type: "string" },
  "max-entries": { type: "string" },
  mkdir: { type: "boolean" },
  text: { type: "boolean" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["FILE"] });
  const file = operands[0] as string;
  const wanted = {
    durability: durabilityOf(values.durability),
    maxBytes: wholeNumber("--max-bytes", values["max-bytes"], { least: 1 }),
    maxEntries: wholeNumber("--max-entries", values["max-entries"], { least: 1 }),
    mkdir: values.mkdir,
  };
  const { appendJsonText, appendText } = await import("untorn/jsonl");
  const append = async (lines: readonly string[]): Promise<void> => {
    const receipt = await (values.text === true ? appendText : appendJsonText)(file, lines, wanted);
    if (receipt.setAside !== undefined) tell(asideSentence(receipt));
    if (values.json === true) await printJson(receipt);
  };
  const lines: string[] = [];
  let number = 0;
  for await (const line of inputLines()) {
    number += 1;
    if (!wants(line, values.text)) continue;
    if (values.follow === true) await append([line]).catch(atLine(number));
    else lines.push(line);
  }
  if (values.follow === true) return exitStatus.done;
  if (lines.length === 0) throw nothingToAppend(file);
  await append(lines);
  return exitStatus.done;
}

/** A blank line is no record. */
function wants(line: string, isText: boolean | undefined): boolean {
  return isText === true || line.trim() !== "";
}

function asideSentence({ path, setAside }: AppendReceipt): string {
  return `${path}: its last line had been cut off by a crash; it is kept in ${setAside}.`;
}

/** Whoever follows has to know where to go on. */
function atLine(number: number): (error: unknown) => never {
  return (error) => {
    if (!isUntornError(error)) throw error;
    const before = number === 1 ? "" : "; those before it are in the file";
    throw withSentence(error, `It was line ${number} of standard input${before}.`);
  };
}

function nothingToAppend(path: string): UntornError {
  const problem = "standard input has no lines to append";
  const next = "Look at the command before the pipe.";
  return new UntornError({ code: "UNTORN_SOURCE", path, phase: "source", outcome: "unchanged", problem, next });
}
