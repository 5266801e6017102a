import { noteChanges } from "./changes.ts";
import { exitStatus } from "./command.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { nearest } from "./nearest.ts";
import { OutputClosed, print } from "./output.ts";
import { report } from "./report.ts";
import { UsageError } from "./usage-error.ts";

/** Runs one command line, without the program's name; returns the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  const own = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
  const asJson = own.includes("--json");
  let asked: Command | undefined;
  try {
    if (name === undefined) throw new UsageError("Which command?");
    if (name === "--help" || name === "-h") return await showHelp();
    if (name === "help") return rest[0] === undefined ? await showHelp() : await showUsage(await find(rest[0]));
    const command = await find(name);
    asked = command;
    noteChanges();
    if (own.includes("--help") || own.includes("-h")) return await showUsage(command);
    return await command.run(rest);
  } catch (error) {
    const help = name !== undefined && Object.hasOwn(commands, name) ? `untorn ${name}` : "untorn";
    const status = report(error, asJson, help, asked?.usage);
    // That nobody reads what a command says is none of its own errors.
    return error instanceof OutputClosed ? status : (asked?.statusOf?.(error) ?? status);
  }
}

async function find(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return await load();
  if (name.startsWith("-")) throw new UsageError(`There is no option ${name} before the command.`);
  const meant = await nearest(name, Object.keys(commands));
  throw new UsageError(`There is no command '${name}'.${meant === undefined ? "" : ` Did you mean '${meant}'?`}`);
}

async function showUsage(command: Command): Promise<number> {
  await print(`${command.usage.trim()}\n`);
  return exitStatus.done;
}

async function showHelp(): Promise<number> {
  const names = Object.keys(commands);
  const width = Math.max(...names.map((name) => name.length));
  const lines = await Promise.all(names.map(async (name) => `  ${name.padEnd(width)}  ${(await find(name)).summary}`));
  await print(`untorn: state files that are never torn, never lost and never silently wrong.

usage: untorn COMMAND [OPTIONS] ...

${lines.join("\n")}

  untorn COMMAND --help    what a command takes
  untorn --version

Exit status: 0 done; 1 refused or failed, and what was there is unchanged; 2 the command line is not understood;
3 failed at or after the replace (the message says what is on disk); unless the help of a command says otherwise.
Every command takes --json.
`);
  return exitStatus.done;
}
