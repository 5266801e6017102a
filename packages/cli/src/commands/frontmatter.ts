import { isUntornError, readFile, UntornError, updateFile } from "untorn";
import { durabilityOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { absent } from "../folder-named.ts";
import { parseExactly } from "../jq.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "read and change the YAML frontmatter of a file";

export { contentStatus as statusOf } from "../report.ts";

export const usage = `
usage: untorn frontmatter [OPTIONS] FILE get [PATH]           print a value, or all of it as JSON
       untorn frontmatter [OPTIONS] FILE set PATH VALUE       set a value; a file without frontmatter gets one
       untorn frontmatter [OPTIONS] FILE delete PATH          remove a value

PATH is keys with dots between: title, author.name, tags.0; \\. is a dot in a key. Comments, quotes and order of what does not
change stay as they are, and so does the text below. Give values that start with - after --.

  --create               set: make FILE if it is not there
  --durability LEVEL     full (default: survives a power cut), normal (old or new after a power cut), off
  --parse                set: VALUE is JSON: a number, true, null, a list; otherwise it is text
  --json                 print values as JSON, or a receipt; errors as JSON too

Exit status: 0 done; 1 refused or failed, FILE is unchanged; 2 usage; 3 failed at or after the replace.
`;

const options = {
  create: { type: "boolean" },
  durability: { type: "string" },
  parse: { type: "boolean" },
} as const;

const operandsOf: Readonly<Record<string, readonly [least: number, most: number]>> = {
  get: [0, 1],
  set: [2, 2],
  delete: [1, 1],
};

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, {
    names: ["FILE", "ACTION", "ARGUMENT"],
    least: 2,
    many: true,
    mayBeEmpty: true,
  });
  const [file = "", action = "", ...rest] = operands;
  if (file === "") throw new UsageError("FILE is empty.");
  const counts = Object.hasOwn(operandsOf, action) ? operandsOf[action] : undefined;
  if (counts === undefined) throw new UsageError(`There is no action '${action}'. It is one of get, set, delete.`);
  if (rest.length < counts[0]) throw new UsageError(`${action}: ${rest.length === 0 ? "PATH" : "VALUE"} is missing.`);
  if (rest.length > counts[1]) throw new UsageError(`${action}: '${rest[counts[1]]}' is one argument too many.`);
  const [path = "", value = ""] = rest;
  if (rest.length > 0) await checkPath(path);
  if (action === "get") return await show(file, rest[0], values.json === true);
  const { deleteFrontmatter, setFrontmatter } = await import("untorn/frontmatter");
  const wanted = values.parse === true ? parsed(value) : value;
  const { receipt } = await updateFile(
    file,
    (current) => {
      if (current === undefined && (action === "delete" || values.create !== true)) throw absent(file);
      const text = current ?? "";
      return action === "set"
        ? setFrontmatter(text, path, wanted, { path: file })
        : deleteFrontmatter(text, path, { path: file });
    },
    { durability: durabilityOf(values.durability) },
  );
  if (values.json === true) await printJson(receipt);
  return exitStatus.done;
}

/** A path that is none is a mistake in the command line, whatever is in the file. */
async function checkPath(path: string): Promise<void> {
  const { getFrontmatter } = await import("untorn/frontmatter");
  try {
    getFrontmatter("", path, { path: "PATH" });
  } catch (error) {
    throw isUntornError(error) ? new UsageError(error.message) : error;
  }
}

async function show(file: string, path: string | undefined, asJson: boolean): Promise<number> {
  const { getFrontmatter, parseFrontmatter } = await import("untorn/frontmatter");
  const { data } = await readFile(file, { encoding: "utf8" });
  const how = { path: file, bigints: true };
  const value: unknown = path === undefined ? parseFrontmatter(data, how).data : getFrontmatter(data, path, how);
  if (value === undefined) {
    const there = Object.keys(parseFrontmatter(data, { path: file }).data).map((key) => JSON.stringify(key));
    const problem = `there is no ${JSON.stringify(path)} in its frontmatter`;
    const next = there.length === 0 ? "It has no members." : `There is ${there.join(", ")}.`;
    throw new UntornError({ code: "UNTORN_NO_MATCH", path: file, phase: "read", outcome: "unchanged", problem, next });
  }
  if (typeof value === "string" && !asJson) await print(`${value}\n`);
  else await printJson(value);
  return exitStatus.done;
}

function parsed(value: string): unknown {
  try {
    return parseExactly(value);
  } catch {
    throw new UsageError(`--parse: '${value}' is not JSON. Without --parse it is text.`);
  }
}
