// Carries out command lines of `untorn`, one after the other, under the preloaded shim: asked by messages. What a whole process
// does at its end alone (locks that linger) is not done; a kill is therefore tried on processes of their own.
import { Readable } from "node:stream";
import type { CommandJob, CommandEnd } from "./command-runner.ts";
import { control } from "./shim-control.ts";

interface Main {
  main(args: readonly string[]): Promise<number>;
}

const cli = (await import(new URL("../../../../cli/dist/src/main.js", import.meta.url).href)) as Main;
let [stdout, stderr] = ["", ""];

function take(stream: "stdout" | "stderr"): typeof process.stdout.write {
  return (data: string | Uint8Array, ...rest: unknown[]): boolean => {
    const text = typeof data === "string" ? data : Buffer.from(data).toString();
    if (stream === "stdout") stdout += text;
    else stderr += text;
    const done = rest.at(-1);
    if (typeof done === "function") queueMicrotask(() => void done());
    return true;
  };
}

async function carryOut({ place, args, input, what, at }: CommandJob): Promise<CommandEnd> {
  process.chdir(place);
  const stdin = Readable.from(input === undefined ? [] : [Buffer.from(input)]);
  Object.defineProperty(process, "stdin", { value: stdin, configurable: true });
  [stdout, stderr] = ["", ""];
  control(what, at);
  const status = await cli.main(args);
  const calls = control("off", 0);
  process.exitCode = 0;
  return { status, stdout, stderr, calls };
}

process.stdout.write = take("stdout");
process.stderr.write = take("stderr");
process.on("message", (job: CommandJob) => void carryOut(job).then((end) => process.send?.(end)));
process.send?.("ready");
