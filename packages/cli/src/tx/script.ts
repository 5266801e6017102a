import { modeOf } from "../arguments.ts";
import { parseExactly } from "../jq.ts";
import { nearest } from "../nearest.ts";
import { UsageError } from "../usage-error.ts";
import { operations } from "./step.ts";
import type { Step } from "./step.ts";
import { scriptLines } from "./words.ts";
import type { ScriptLine } from "./words.ts";

/** Reads a script: JSON if it begins with `[`, else lines. Throws `UsageError` with the place of what is wrong. */
export async function readScript(script: string): Promise<Step[]> {
  const steps = script.trimStart().startsWith("[") ? await fromJson(script) : await fromLines(script);
  if (steps.length === 0) throw new UsageError("The script is empty.");
  return steps;
}

async function fromLines(script: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (const line of scriptLines(script)) steps.push(await stepOf(line));
  return steps;
}

/** How many words follow each operation, at least and at most, and how it is written. */
const forms: Readonly<Record<Step["op"], readonly [least: number, most: number, form: string]>> = {
  write: [1, 2, "write PATH TEXT, or write PATH <<END"],
  json: [2, 2, "json PATH FILTER"],
  md: [2, Infinity, "md PATH ACTION ..."],
  frontmatter: [3, 3, "frontmatter PATH KEY VALUE"],
  remove: [1, 1, "remove PATH"],
  rename: [2, 2, "rename PATH NEW-PATH"],
  mkdir: [1, 1, "mkdir PATH"],
};

async function stepOf({ words, text, line }: ScriptLine): Promise<Step> {
  const where = `line ${line}`;
  const [name = "", ...rest] = words;
  const op = await operation(name, where);
  const [least, most, form] = forms[op];
  if (rest.length < least || rest.length > most) throw new UsageError(`${at(where)}: it is ${form}.`);
  if (text !== undefined && op !== "write" && op !== "md") throw new UsageError(`${at(where)}: ${op} takes no text.`);
  const [path = "", second = "", third = ""] = rest;
  switch (op) {
    case "write":
      if ((text === undefined) === (rest.length === 1)) throw new UsageError(`${at(where)}: it is ${form}.`);
      return { where, op, path, text: text ?? second };
    case "json":
      return { where, op, path, filter: second };
    case "md":
      return { where, op, path, words: rest.slice(1), ...(text === undefined ? {} : { text }) };
    case "frontmatter":
      return { where, op, path, key: second, value: jsonOrText(third) };
    case "rename":
      return { where, op, path, to: second };
    default:
      return { where, op, path };
  }
}

async function fromJson(script: string): Promise<Step[]> {
  let raw: unknown;
  try {
    raw = JSON.parse(script);
  } catch (error) {
    throw new UsageError(`The script begins with [ but is not JSON: ${(error as Error).message}.`);
  }
  const steps: Step[] = [];
  for (const [index, each] of (raw as unknown[]).entries()) steps.push(await jsonStep(each, `step ${index + 1}`));
  return steps;
}

/** The members of each operation: required ones first, then, after `least` of them, those that may be left out. */
const members: Readonly<Record<Step["op"], { readonly names: readonly string[]; readonly least: number }>> = {
  write: { names: ["path", "text", "mode"], least: 2 },
  json: { names: ["path", "filter"], least: 2 },
  md: { names: ["path", "words", "text"], least: 2 },
  frontmatter: { names: ["path", "key", "value"], least: 3 },
  remove: { names: ["path"], least: 1 },
  rename: { names: ["path", "to"], least: 2 },
  mkdir: { names: ["path"], least: 1 },
};

async function jsonStep(raw: unknown, where: string): Promise<Step> {
  if (typeof raw !== "object" || raw === null) throw new UsageError(`${at(where)}: a step is an object with "op".`);
  const given = raw as Record<string, unknown>;
  const op = await operation(String(given["op"]), where);
  const { names, least } = members[op];
  for (const name of names.slice(0, least)) {
    if (!Object.hasOwn(given, name)) throw new UsageError(`${at(where)}: ${op} needs ${JSON.stringify(name)}.`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (name === "op" || name === "value") continue;
    if (!names.includes(name)) {
      const known = names.map((each) => JSON.stringify(each)).join(", ");
      throw new UsageError(`${at(where)}: ${op} takes ${known}, not ${JSON.stringify(name)}.`);
    }
    const isWords = name === "words";
    if (isWords ? !isTexts(value) : typeof value !== "string") {
      throw new UsageError(`${at(where)}: ${JSON.stringify(name)} must be ${isWords ? "a list of texts" : "text"}.`);
    }
  }
  const { mode, ...rest } = given;
  const bits = modeOf(mode as string | undefined);
  return { ...rest, op, where, ...(bits === undefined ? {} : { mode: bits }) } as unknown as Step;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

async function operation(name: string, where: string): Promise<Step["op"]> {
  const op = operations.find((each) => each === name);
  if (op !== undefined) return op;
  const meant = await nearest(name, operations);
  const hint = meant === undefined ? `It is one of ${operations.join(", ")}.` : `Did you mean '${meant}'?`;
  throw new UsageError(`${at(where)}: there is no operation '${name}'. ${hint}`);
}

function jsonOrText(word: string): unknown {
  try {
    return parseExactly(word);
  } catch {
    return word;
  }
}

function at(where: string): string {
  return `${where.slice(0, 1).toUpperCase()}${where.slice(1)}`;
}
