import { appendSection, listSections } from "@untorn/markdown";
import { inputRefused, refuseTorn } from "../ground/index.ts";
import { inRun } from "./executor.ts";
import { timestamp } from "./place.ts";
import type { Run } from "./place.ts";

/** Something found on the way, to be looked at later. */
export interface Issue {
  readonly title: string;
  readonly description?: string | undefined;
  readonly plan?: string | undefined;
}

/** A question, and its answer if there is one. */
export interface Clarification {
  readonly question: string;
  readonly answer?: string | undefined;
}

/** Adds an issue to ISSUES.md under the next number, and returns its code: `ISS-001`. */
export async function addIssue(run: Run, issue: Issue): Promise<string> {
  const found = issue.plan === undefined ? "" : ` in plan ${issue.plan}`;
  return await addEntry(run, "ISSUES.md", "Issues", "ISS", issue.title, [
    `**Discovered:** ${timestamp(run).slice(0, 10)}${found}`,
    issue.description ?? "",
  ]);
}

/** Adds a question, and its answer if there is one, to clarifications.md, and returns its code: `CL-001`. */
export async function addClarification(run: Run, { question, answer }: Clarification): Promise<string> {
  return await addEntry(run, "clarifications.md", "Clarifications", "CL", question, [
    `**Asked:** ${timestamp(run).slice(0, 10)}`,
    answer === undefined ? "**Answer:** open" : `**Answer:** ${answer}`,
  ]);
}

async function addEntry(
  run: Run,
  file: string,
  title: string,
  prefix: string,
  heading: string,
  parts: readonly string[],
): Promise<string> {
  const line = heading.trim();
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (line === "" || /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line)) {
    throw inputRefused(file, "a heading is one line of text");
  }
  return await inRun(run, `add to ${file}`, async (tx) => {
    let code = "";
    await tx.edit(file, (before) => {
      refuseTorn(before, `${run.folder}/${file}`);
      const text = before ?? `# ${title}\n`;
      const number = 1 + greatestIn(text, prefix);
      if (number > largest)
        throw inputRefused(file, `there is no code after ${prefix}-${largest}`, "Give what has it another one.");
      code = `${prefix}-${String(number).padStart(3, "0")}`;
      const name = `${code}: ${line}`;
      const body = parts.filter((part) => part.trim() !== "").join("\n\n");
      const top = listSections(text).find(({ level }) => level === 1);
      const [under, level] = top === undefined ? [[], 2] : [[{ heading: top.heading, index: 0 }], 2];
      return appendSection(text, [...under, name], body, { add: true, level, path: file });
    });
    return code;
  });
}

const largest = 999_999;

/**
 * The greatest number of the codes that a text has anywhere: people write them into headings, lists and tables of any form. One that is
 * only mentioned costs numbers; one that is passed over would be given twice. One of more than six digits is a slip.
 */
function greatestIn(text: string, prefix: string): number {
  const codes = text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])${prefix}-(\\d{3,6})(?!\\d)`, "gu"));
  return [...codes].reduce((most, [, digits]) => Math.max(most, Number(digits)), 0);
}
