import { listSections, listTasks } from "@untorn/markdown";

/** A task of a plan. */
export interface PlanTask {
  /** `1`, `2`, ... in the order of the plan. */
  readonly id: string;
  readonly name: string;
}

/**
 * The tasks of a plan's text: its `<task>` elements, or its headings `Task N`, or its task list items; a plan that names none is
 * one task.
 */
export function tasksOf(text: string): PlanTask[] {
  const elements = [...text.matchAll(/<task\b[^>]*>\s*<name>(?<name>[^<]*)<\/name>/g)].map((match) => match[1] ?? "");
  const headings = listSections(text)
    .map(({ heading }) => heading)
    .filter((heading) => /^Task \d+/.test(heading));
  const names = [elements, headings, listTasks(text).map(({ label }) => label)].find((each) => each.length > 0);
  return (names ?? ["the whole plan"]).map((name, index) => ({ id: String(index + 1), name: name.trim() }));
}
