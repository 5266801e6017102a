import { printable } from "untorn/errors";
import type { AuditResult } from "../audit.ts";

export { reaches, summarize } from "./summary.ts";
export type { Summary } from "./summary.ts";

/** The forms in which a report can be written. */
export const formats = ["text", "json", "sarif", "markdown", "github", "agent"] as const;

/** One of `formats`. */
export type Format = (typeof formats)[number];

/** Each format is loaded when it is asked for. */
const renderers: Readonly<Record<Format, (result: AuditResult, version: string) => Promise<string>>> = {
  text: async (result) => (await import("./text.ts")).toText(result),
  json: async (result) => (await import("./json.ts")).toJson(result),
  sarif: async (result, version) => (await import("./sarif.ts")).toSarif(result, version),
  markdown: async (result) => (await import("./markdown.ts")).toMarkdown(result),
  github: async (result) => (await import("./github.ts")).toGithub(result),
  agent: async (result) => (await import("./agent.ts")).toAgent(result),
};

/** Writes a result down in a format; `version` is the tool's own, for formats that name it. */
export async function render(result: AuditResult, format: Format, version: string): Promise<string> {
  const text = await renderers[format](result, version);
  if (format === "json" || format === "sarif") return text;
  // Names and code may hold anything; a terminal, or a log that is looked at in one, gets no control characters.
  return text.split("\n").map(printable).join("\n");
}
