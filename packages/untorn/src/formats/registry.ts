import { invalidArgument, isUntornError } from "../platform/index.ts";
import { builtin } from "./builtin.ts";
import { matches } from "./format.ts";
import type { Format, Problem } from "./format.ts";

const registered: Format[] = [];

/**
 * Tells untorn when a file of yours is whole: `scan`, `recover` and `generations` ask it, before the formats that are built in
 * (JSON, JSON Lines, Markdown, text). The one that was registered last is asked first. Returns a function that takes it back.
 *
 *     registerFormat({ name: "registry", match: "registry.json", validate: (bytes) => problemsOf(bytes)[0] });
 *
 * @throws UntornError UNTORN_INVALID_ARGUMENT if it has no name, match or validate.
 */
export function registerFormat(format: Format): () => void {
  const { name, match, validate } = (format ?? {}) as Partial<Format>;
  if (typeof name !== "string" || match === undefined || typeof validate !== "function") {
    throw invalidArgument(String(name), "a format needs a name, a match and a validate function");
  }
  registered.unshift(format);
  return () => {
    const at = registered.indexOf(format);
    if (at !== -1) registered.splice(at, 1);
  };
}

/** The format of the file with this name; `undefined` where nothing is known about it. */
export function formatOf(name: string): Format | undefined {
  return (
    registered.find((format) => format.at === undefined && matches(format, name)) ??
    builtin.find((format) => matches(format, name))
  );
}

/**
 * What is wrong with a content: nothing may be built upon it, and it is never adopted. Empty and all NUL is wrong for every
 * kind of file: it is what a power cut leaves (G7).
 */
export function problemIn(bytes: Uint8Array, name: string, path: string): Problem | undefined {
  const format = formatOf(name);
  if (bytes.byteLength === 0) return format?.mayBeEmpty === true ? undefined : { text: "it is empty (0 bytes)" };
  if (bytes[0] === 0 && bytes.every((byte) => byte === 0)) {
    return { text: `all ${bytes.byteLength} bytes are NUL` };
  }
  const beside = formatsBeside(name, path);
  const alone = beside.find((each) => each.alone === true);
  const asked = alone === undefined ? [...(format === undefined ? [] : [format]), ...beside] : [alone];
  for (const each of asked) {
    const problem = problemBy(each, bytes, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function formatsBeside(name: string, path: string): Format[] {
  return registered.filter((each) => each.at?.(path) === true && matches(each, name));
}

function problemBy(format: Format, bytes: Uint8Array, path: string): Problem | undefined {
  try {
    const problem = format.validate(bytes, path);
    return typeof problem === "string" ? { text: problem } : problem;
  } catch (error) {
    if (isUntornError(error)) return { text: error.problem, position: error.position };
    return { text: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Whether a content is whole, by a quick look that only the formats that are built in have; they keep none of the bytes. `false`:
 * ask `problemIn`.
 */
export function isSoundAtOnce(bytes: Uint8Array, name: string, path: string): boolean {
  if (registered.some((format) => matches(format, name) && (format.at === undefined || format.at(path)))) return false;
  return bytes.byteLength > 0 && builtin.find((format) => matches(format, name))?.isSound?.(bytes) === true;
}

/** A few words on a whole content; empty where its format has none. */
export function describeContent(bytes: Uint8Array, name: string, path: string): string {
  try {
    return formatOf(name)?.describe?.(bytes, path) ?? "";
  } catch {
    return "";
  }
}
