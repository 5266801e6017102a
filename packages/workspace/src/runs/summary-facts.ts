import { getField, listFields, listSections } from "@untorn/markdown";
import { isUntornError } from "untorn";
import { parseFrontmatter } from "untorn/frontmatter";

/** What a summary says of its plan; `undefined` where it does not. */
export interface SummaryFacts {
  readonly title: string | undefined;
  readonly completed: string | undefined;
  readonly started: string | undefined;
  readonly status: string | undefined;
  readonly tasks: readonly string[];
  /** Why its frontmatter could not be read. */
  readonly problem: string | undefined;
}

/** Reads a summary as far as it can be read. */
export function readSummary(text: string, path: string): SummaryFacts {
  let data: Record<string, unknown> = {};
  let problem: string | undefined;
  try {
    data = parseFrontmatter(text, { path }).data;
  } catch (error) {
    if (!isUntornError(error)) throw error;
    problem = error.message;
  }
  // The blocks of a document are found in one pass; where there is no frontmatter to ask, its fields are looked for as well.
  const sections = listSections(text);
  const started = text.includes("Started") ? fieldOf(text, "Started") : undefined;
  return {
    title: sections.find(({ level }) => level === 1)?.heading,
    completed:
      date(data["completed_at"]) ?? date(data["completed"]) ?? (problem === undefined ? bodyDate(text) : undefined),
    started: date(data["started_at"]) ?? date(data["started"]) ?? date(started),
    status: typeof data["status"] === "string" ? data["status"] : undefined,
    tasks: sections.flatMap(({ heading }) => /^Task (?<number>\d+)\b/.exec(heading)?.groups?.["number"] ?? []),
    problem,
  };
}

function bodyDate(text: string): string | undefined {
  return text.includes("Completed") ? date(fieldOf(text, "Completed")) : undefined;
}

function fieldOf(text: string, key: string): string | undefined {
  return listFields(text).some((field) => field.key === key) ? getField(text, key, { index: 0 }) : undefined;
}

/** A date or a point in time, as it stands there. */
function date(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  return /^\d{4}-\d{2}-\d{2}(?:[T ]\S*)?$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
}
