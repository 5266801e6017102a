import { issueText } from "untorn";
import type { StandardSchema } from "untorn";
import { parseFrontmatter } from "untorn/frontmatter";
import { parseJson } from "untorn/json";
import { parseLines } from "untorn/jsonl";
import { parseDocument } from "yaml";
import { corruptState, textOf } from "../ground/index.ts";
import type { LayoutFile } from "./layout.ts";

/** What is wrong, and what is good all the same, as `registerFormat` takes it. */
export interface Problem {
  readonly text: string;
  readonly rest?: string;
}

/** What keeps a content from being what its layout says; `undefined`: nothing. Throws what the parsers throw. */
export function problemOfFile(file: LayoutFile, bytes: Uint8Array, path: string): Problem | undefined {
  const text = file.kind === "jsonl" ? undefined : problemOfText(file, bytes, path);
  if (text !== undefined) return { text };
  if (file.kind !== "jsonl") return undefined;
  let record = 0;
  for (const line of parseLines(bytes, { path })) {
    record += 1;
    const problem = line.ok ? problemOfValue(file, line.value) : undefined;
    if (problem !== undefined) return { text: `record ${record}: ${problem}`, rest: "the other records are good" };
  }
  return undefined;
}

function problemOfText(file: LayoutFile, bytes: Uint8Array, path: string): string | undefined {
  if (file.kind === "json") {
    return problemOfValue(file, parseJson(bytes, { path, uniqueNames: file.uniqueNames === true }));
  }
  if (file.kind === "frontmatter") {
    const data = file.lenient === true ? lenientData(bytes, path) : parseFrontmatter(bytes, { path }).data;
    return data === undefined ? undefined : problemOfValue(file, data);
  }
  if (file.kind === "yaml") return problemOfYaml(file, textOf(bytes, path));
  return undefined;
}

/** `undefined` where there is no frontmatter. */
function lenientData(bytes: Uint8Array, path: string): Record<string, unknown> | undefined {
  const nul = bytes.indexOf(0);
  if (nul !== -1) throw corruptState(path, `there is a NUL at byte ${nul} of ${bytes.byteLength}`, "");
  const lines = textOf(bytes, path)
    .replace(/^\ufeff/, "")
    .split(/\r?\n/);
  if (lines.every((line) => line.trim() === "")) throw corruptState(path, "it holds nothing but white space", "");
  if (lines[0]?.trimEnd() !== "---") return undefined;
  try {
    return parseFrontmatter(bytes, { path }).data;
  } catch (error) {
    const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === "---");
    // One that is never closed was cut, whoever reads it.
    if (end === -1) throw error;
    const members = lines.slice(1, end).flatMap((line) => {
      const [, key, text] = /^([\w-]+):[ \t]*(.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, text] as const];
    });
    if (members.length === 0) throw error;
    return Object.fromEntries(members);
  }
}

function problemOfYaml(file: LayoutFile, text: string): string | undefined {
  // Aliases are bounded by the library (maxAliasCount), so a small file cannot become a large value.
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) return `it is not YAML: ${error.message.split("\n")[0]}`;
  try {
    return problemOfValue(file, document.toJS());
  } catch (thrown) {
    return `it is not YAML that can be used: ${(thrown as Error).message}`;
  }
}

function problemOfValue({ schema, required = [] }: LayoutFile, value: unknown): string | undefined {
  for (const member of required) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, member)) return `it has no ${member}`;
  }
  return schema === undefined ? undefined : problemBySchema(schema, value);
}

function problemBySchema(schema: StandardSchema, value: unknown): string | undefined {
  const result = schema["~standard"].validate(value);
  // A schema that answers later cannot be waited for here; it is not asked.
  if (result instanceof Promise || result.issues === undefined) return undefined;
  const issue = result.issues[0];
  if (issue === undefined) return undefined;
  const keys = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? issueText(issue) : `${keys.join(".")}: ${issueText(issue)}`;
}
