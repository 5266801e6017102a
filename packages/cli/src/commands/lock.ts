import { breakLock, lock } from "untorn";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { runHolding } from "../held-command.ts";
import { holderLine } from "../holder-line.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "hold a file's lock while a command runs";

export const usage = `
usage: untorn lock [OPTIONS] FILE -- COMMAND [ARGUMENT ...]
       untorn lock --break FILE

Takes the lock of FILE (which need not exist), runs COMMAND, releases the lock, and ends as COMMAND ended. Signals are
passed on to COMMAND. If this process is killed outright, the lock is free and COMMAND goes on without it.

  --break          take the lock from its holders, alive or not, and print who they were; they fail at their next commit
  --purpose TEXT   what the lock is for: shown to everybody who has to wait
  --shared         together with other shared holders
  --timeout S      seconds to wait for the lock (default 10); 0: try once; inf: as long as it takes
  --json           errors and the answer of --break as JSON

Exit status: that of COMMAND; 128 and the signal's number if a signal ended it; 127 if it was not found, 126 if it could
not be started; 1 the lock could not be had; 2 usage; 3 COMMAND succeeded, but the lock was taken away meanwhile.
`;

const options = {
  break: { type: "boolean" },
  purpose: { type: "string" },
  shared: { type: "boolean" },
  timeout: { type: "string" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const split = argv.indexOf("--");
  const own = split === -1 ? argv : argv.slice(0, split);
  const command = split === -1 ? [] : argv.slice(split + 1);
  const { values, operands } = await parseArguments(own, options, { names: ["FILE"] });
  const file = operands[0] as string;
  if (values.break === true) {
    if (command.length > 0) throw new UsageError("--break takes no command.");
    return await breakIt(file, values.json === true);
  }
  if (command.length === 0) throw new UsageError("COMMAND is missing: it comes after `--`.");
  const { purpose = command.join(" "), shared } = values;
  const held = await lock(file, { purpose, shared, timeoutMs: timeoutOf(values.timeout) });
  return await runHolding(held, command, values.json === true);
}

async function breakIt(file: string, asJson: boolean): Promise<number> {
  const robbed = await breakLock(file);
  if (asJson) await printJson({ robbed });
  else if (robbed.length === 0) await print("nobody held the lock\n");
  else await print(robbed.map((holder) => `taken from: ${holderLine(holder)}\n`).join(""));
  return exitStatus.done;
}

function timeoutOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value === "inf") return Number.POSITIVE_INFINITY;
  if (!/^\d+(\.\d+)?$/.test(value)) throw new UsageError(`--timeout takes seconds, or inf; it got '${value}'.`);
  return Number(value) * 1_000;
}
