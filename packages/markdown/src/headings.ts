import { BlockScanner } from "./blocks/index.ts";
import type { HeadingPath, HeadingStep } from "./options.ts";
import { pickOne } from "./problems.ts";
import type { Candidate } from "./problems.ts";
import { lineStart, nextLine } from "./splice.ts";

/** A heading of the document itself (not one in a list or block quote) and the section it opens. */
export interface Section extends Candidate {
  /** The heading's text, without its marks; the lines of a heading of several lines are joined by a space. */
  readonly name: string;
  /** Where the heading's first line starts. */
  readonly start: number;
  readonly level: number;
  /** Where the line after the heading starts. */
  readonly body: number;
  /** Where the next heading's line starts, whatever its level. */
  ownEnd: number;
  /** Where the next heading of the same or a higher rank starts. */
  end: number;
}

/** All sections, in order. */
export function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  const open: Section[] = [];
  const scanner = new BlockScanner(text);
  for (let leaf = scanner.next(); leaf !== undefined; leaf = scanner.next()) {
    if (leaf.kind !== "heading" || leaf.depth > 0) continue;
    const { level, lines } = leaf;
    const start = lineStart(text, leaf.start);
    const last = sections.at(-1);
    if (last !== undefined) last.ownEnd = start;
    for (let above = open.at(-1); above !== undefined && above.level >= level; above = open.at(-1)) {
      above.end = start;
      open.pop();
    }
    const words: string[] = [];
    for (let at = 0; at < lines.length; at += 2) words.push(text.slice(lines[at], lines[at + 1]).trimEnd());
    const body = nextLine(text, leaf.end);
    const section = { name: words.join(" "), start, level, body, ownEnd: text.length, end: text.length };
    sections.push(section);
    open.push(section);
  }
  return sections;
}

/** The section that a heading path means. */
export function findSection(
  text: string,
  heading: HeadingPath,
  { index, path }: { readonly index?: number; readonly path?: string },
  sections: readonly Section[] = sectionsOf(text),
): Section {
  const steps = stepsOf(heading);
  let within = sections;
  let found: Section | undefined;
  steps.forEach((step, at) => {
    const name = typeof step === "string" ? step : step.heading;
    const last = at === steps.length - 1;
    const which = typeof step === "string" ? (last ? index : undefined) : step.index;
    const what = `heading ${JSON.stringify(name)}${found === undefined ? "" : ` under ${JSON.stringify(found.name)}`}`;
    const matches = within.filter((section) => section.name === name);
    const scope = within;
    const picked = pickOne(text, what, matches, () => scope, {
      ...(which === undefined ? {} : { index: which }),
      ...(path === undefined ? {} : { path }),
    });
    found = picked;
    within = sections.filter((section) => section.start > picked.start && section.start < picked.end);
  });
  if (found === undefined) return pickOne(text, "heading", [], () => sections, {});
  return found;
}

/** A heading path as its steps. */
export function stepsOf(heading: HeadingPath): readonly HeadingStep[] {
  return isSteps(heading) ? heading : [heading];
}

function isSteps(heading: HeadingPath): heading is readonly HeadingStep[] {
  return Array.isArray(heading);
}

/** The stretch that `under` means: a section without its heading, or the whole text. */
export function scopeOf(
  text: string,
  { under, path }: { readonly under?: HeadingPath; readonly path?: string },
): { readonly from: number; readonly to: number } {
  if (under === undefined) return { from: 0, to: text.length };
  const section = findSection(text, under, path === undefined ? {} : { path });
  return { from: section.body, to: section.end };
}
