import type { AuditResult } from "../audit.ts";

export { reaches, summarize } from "./summary.ts";
export type { Summary } from "./summary.ts";

export const formats = ["text", "json", "sarif", "markdown", "github", "agent"] as const;

export type Format = (typeof formats)[number];

/** Writes a result down in a format; each format is loaded when it is asked for. */
export async function render(result: AuditResult, format: Format, version: string): Promise<string> {
  switch (format) {
    case "json":
      return (await import("./json.ts")).toJson(result);
    case "sarif":
      return (await import("./sarif.ts")).toSarif(result, version);
    case "markdown":
      return (await import("./markdown.ts")).toMarkdown(result);
    case "github":
      return (await import("./github.ts")).toGithub(result);
    case "agent":
      return (await import("./agent.ts")).toAgent(result);
    case "text":
      return (await import("./text.ts")).toText(result);
  }
}
