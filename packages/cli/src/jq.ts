import { randomUUID } from "node:crypto";
import { parseJson } from "untorn/json";
import { readFile, UntornError } from "untorn";
import { tell } from "./output.ts";
import { UsageError } from "./usage-error.ts";

/** A command line without its jq variables, and those as jq takes them. */
export interface Variables {
  readonly argv: readonly string[];
  readonly flags: readonly string[];
}

/** Takes `--arg NAME VALUE` and `--argjson NAME JSON` out of a command line: a parser of options knows one value each. */
export function takeVariables(all: readonly string[]): Variables {
  const argv: string[] = [];
  const flags: string[] = [];
  for (let index = 0; index < all.length; index += 1) {
    const word = all[index] as string;
    if (word === "--") return { argv: [...argv, ...all.slice(index)], flags };
    if (word !== "--arg" && word !== "--argjson") {
      argv.push(word);
      continue;
    }
    const [name, value] = all.slice(index + 1, index + 3);
    if (name === undefined || value === undefined) throw new UsageError(`${word} takes a name and a value.`);
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new UsageError(`${word}: '${name}' is not a name for a variable.`);
    if (word === "--argjson") checkJson(name, value);
    flags.push(word, name, value);
    index += 2;
  }
  return { argv, flags };
}

function checkJson(name: string, value: string): void {
  try {
    parseJson(value);
  } catch {
    throw new UsageError(`--argjson ${name}: the value is not JSON. For text use --arg.`);
  }
}

export interface Question {
  readonly filter: string;
  readonly flags: readonly string[];
  /** The file's name for messages. */
  readonly path: string;
}

/**
 * Runs a jq filter on a JSON text; the results are JSON, one line each. jq itself, as WebAssembly: loaded when it is first
 * needed. Numbers that the filter does not calculate with keep their digits.
 *
 * @throws UsageError for what is no filter; UntornError UNTORN_SOURCE if the filter fails.
 */
export async function runFilter(text: string, { filter, flags, path }: Question): Promise<string[]> {
  refuseHalfPairs(text, path);
  const { loadJq } = await import("jq-wasm");
  const before = process.exitCode;
  let result: { stdout: string; stderr: string; exitCode: number };
  try {
    await optimizeLate();
    // A filter may begin with a minus, and jq would read it as an option.
    result = await quietly(async () =>
      (await loadJq()).raw(text.replace(/^\uFEFF/, ""), ` ${filter}`, ["-c", ...flags]),
    );
  } catch (error) {
    throw failed(path, `jq gave up on a document of ${text.length} characters (${withoutAdvice(error)})`, error);
  } finally {
    process.exitCode = before;
  }
  const said = withoutContent(result.stderr.trim().replace(/^jq: error(?: \(at [^)]*\))?:? ?/, ""));
  if (result.exitCode === 3) throw new UsageError(`FILTER is not understood: ${said.split("\n", 1)[0]}.`);
  if (result.exitCode !== 0) throw failed(path, `the filter failed: ${said === "" ? "without a message" : said}`);
  for (const line of said === "" ? [] : said.split("\n")) tell(line);
  return result.stdout === "" ? [] : result.stdout.split("\n");
}

/**
 * Where jq is out of memory it also says so on standard error, beside what it throws. That is ours to tell, and with `--json`
 * nothing else may stand there.
 */
async function quietly<T>(run: () => Promise<T>): Promise<T> {
  const { error } = console;
  console.error = () => {};
  try {
    return await run();
  } finally {
    console.error = error;
  }
}

/**
 * V8 compiles much of jq a second time, optimised, before a short filter has ended: a quarter of the processor time of the whole
 * command. By a larger budget (bytes of code run in one function) only a function that runs for about a second is compiled
 * again. No other of V8's settings is touched: some end the process where they are changed once it runs.
 */
async function optimizeLate(): Promise<void> {
  // Of Node 20 to 26; V8 complains on standard error of a setting that it does not know.
  if (!/^1[1-4]\./.test(process.versions.v8)) return;
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--wasm-tiering-budget=1000000000");
}

/** Without what it advises whoever compiles jq. */
function withoutAdvice(error: unknown): string {
  return String(error).replace(/\. Build with .*$/, "");
}

/** An escape in a string of JSON. */
const escape = /\\(?:u([\da-fA-F]{4})|[^u])/g;

/** Half of a surrogate pair is JSON, but no text: jq cannot hold it. */
function refuseHalfPairs(text: string, path: string): void {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return;
  let high: { readonly at: number; readonly end: number } | undefined;
  const refuse = (at: number): never => {
    const before = text.slice(0, at).split(/\r\n|\r|\n/);
    const place = `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
    const problem = `a string has half of a surrogate pair in it (${text.slice(at, at + 6)} at ${place}), which no filter can read`;
    throw failed(path, problem, undefined, "Mend that string first.");
  };
  for (const found of text.matchAll(escape)) {
    const code = found[1] === undefined ? 0 : Number.parseInt(found[1], 16);
    const isLow = code >= 0xdc00 && code <= 0xdfff;
    if (high !== undefined && !(isLow && high.end === found.index)) refuse(high.at);
    if (high === undefined && isLow) refuse(found.index);
    high = code >= 0xd800 && code <= 0xdbff ? { at: found.index, end: found.index + 6 } : undefined;
  }
  if (high !== undefined) refuse(high.at);
}

/** jq quotes the values that a filter could not work on: they are the file's, and may be secrets. Their kinds are enough. */
function withoutContent(said: string): string {
  return said
    .replace(/\b(string|object|array|number|boolean) \((?:"(?:[^"\\\n]|\\.)*"?|[^()\n]*)\)/g, "$1")
    .replace(/ \(while parsing '[^\n]*'\)/g, "");
}

/** The one result that a change needs. */
export function onlyResult(results: readonly string[], path: string): string {
  const [first] = results;
  if (first !== undefined && results.length === 1) return first;
  const problem = results.length === 0 ? "the filter yields nothing" : `the filter yields ${results.length} values`;
  throw failed(path, problem, undefined, "It must yield exactly one: the new content of the file.");
}

function failed(path: string, problem: string, cause?: unknown, next = "Mend the filter."): UntornError {
  return new UntornError({ code: "UNTORN_SOURCE", path, phase: "source", outcome: "unchanged", problem, next, cause });
}

/** A string, or an integer that is longer than a double is exact; what looks like one behind a point is none. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** A JSON text as a value in which integers that no double can hold are BigInts. */
export function parseExactly(text: string): unknown {
  const mark = randomUUID();
  let marked = false;
  const exact = !/\d{16}/.test(text)
    ? text
    : text.replace(token, (found) => {
        if (found.startsWith('"') || Number.isSafeInteger(Number(found))) return found;
        marked = true;
        return `"${mark}${found}"`;
      });
  if (!marked) return JSON.parse(text);
  return JSON.parse(exact, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** A value that was read from a JSON file, with the integers that no double can hold as the file has them. */
export async function withDigitsOf(path: string, value: unknown): Promise<unknown> {
  const { data } = await readFile(path, { encoding: "utf8" });
  return withDigits(value, parseExactly(data.replace(/^\uFEFF/, "")));
}

function withDigits(value: unknown, exact: unknown): unknown {
  if (typeof value === "number") return typeof exact === "bigint" && Number(exact) === value ? exact : value;
  if (typeof value !== "object" || value === null || typeof exact !== "object" || exact === null) return value;
  if (Array.isArray(value)) return value.map((item, at) => withDigits(item, (exact as unknown[])[at]));
  const members = Object.entries(value).map(([key, item]) => {
    return [key, withDigits(item, Object.hasOwn(exact, key) ? (exact as Record<string, unknown>)[key] : undefined)];
  });
  return Object.fromEntries(members);
}
