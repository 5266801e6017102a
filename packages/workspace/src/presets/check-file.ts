import { issueText } from "untorn";
import type { StandardSchema } from "untorn";
import { parseFrontmatter } from "untorn/frontmatter";
import { parseJson } from "untorn/json";
import { parseLines } from "untorn/jsonl";
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
  if (file.kind === "json") return problemOfValue(file, parseJson(bytes, { path }));
  if (file.kind === "frontmatter") return problemOfValue(file, parseFrontmatter(bytes, { path }).data);
  return undefined;
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
