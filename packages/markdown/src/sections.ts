import { findSection, scopeOf, sectionsOf, stepsOf } from "./headings.ts";
import type { Section } from "./headings.ts";
import { keepBlocks } from "./markers.ts";
import type { HeadingPath, Where } from "./options.ts";
import { refused } from "./problems.ts";
import { blockText } from "./replacement.ts";
import { addHeading, coreOf, placeBody } from "./section-layout.ts";
import { applySplice, blocksInside, lineEndNear } from "./splice.ts";
import type { Splice } from "./splice.ts";

export interface SectionOptions {
  /** Which one, counted from 0, if several headings match. */
  readonly index?: number;
  /** Whether the headings below belong to it (the default), or only the text up to the next heading. */
  readonly nested?: boolean;
  /** The file's name for error messages. */
  readonly path?: string;
}

export interface AddSectionOptions extends SectionOptions {
  /** If there is no such heading, add it: at the end of its parent section, or of the document. */
  readonly add?: boolean;
  /** The level of a heading that is added: 1 to 6; if left out, one below its parent's, or 2. */
  readonly level?: number;
}

/** A heading of the document itself; headings in lists and block quotes open no section. */
export interface Heading {
  readonly heading: string;
  readonly level: number;
  /** Where its line starts in the text. */
  readonly start: number;
}

/** The headings of a document, or of the section that `where` means (its own is none of them), in order. */
export function listSections(text: string, where: Where = {}): Heading[] {
  const { from, to } = scopeOf(text, where);
  const inside = sectionsOf(text).filter(({ start }) => start >= from && start < to);
  return inside.map(({ name, level, start }) => ({ heading: name, level, start }));
}

/**
 * The text of a section, without its heading and without the blank lines around it.
 * @throws UntornError `UNTORN_NO_MATCH` or `UNTORN_AMBIGUOUS`, naming the headings that are there.
 */
export function getSection(text: string, heading: HeadingPath, options: SectionOptions = {}): string {
  const { from, to } = coreOf(text, findSection(text, heading, options), options.nested);
  return text.slice(from, to);
}

/**
 * Replaces the text of a section; its heading and the blank lines around it stay. Blank lines around `body` are
 * dropped and its line ends become those of the file; all else in it is data and written as it is.
 * @throws UntornError `UNTORN_NO_MATCH`, `UNTORN_AMBIGUOUS`; `UNTORN_INVALID_ARGUMENT` for text that would not stay in
 * the section: a heading that ends it, a code fence or comment that is left open; and for a change after which a marker
 * block would not be whole.
 */
export function replaceSection(
  text: string,
  heading: HeadingPath,
  body: string,
  options: AddSectionOptions = {},
): string {
  const [base, section] = findOrAdd(text, heading, options);
  const wanted = blockText(body, lineEndNear(base, section.body), options.path);
  return writeBody(base, section, wanted, 0, options);
}

/** Adds text at the end of a section, after a blank line. As `replaceSection` otherwise. */
export function appendSection(
  text: string,
  heading: HeadingPath,
  addition: string,
  options: AddSectionOptions = {},
): string {
  const [base, section] = findOrAdd(text, heading, options);
  const lineEnd = lineEndNear(base, section.body);
  const added = blockText(addition, lineEnd, options.path);
  if (added === "") return base;
  const { from, to } = coreOf(base, section, options.nested);
  const gap = from === to ? "" : lineEnd + lineEnd;
  return writeBody(base, section, base.slice(from, to) + gap + added, to - from, options);
}

/** Makes `wanted` the text of a section, whose first `kept` characters are there already. */
function writeBody(text: string, section: Section, wanted: string, kept: number, options: SectionOptions): string {
  const { path, nested } = options;
  const core = coreOf(text, section, nested);
  if (text.slice(core.from, core.to) === wanted) return text;
  const splice = placeBody(text, section, core, wanted, kept);
  const after = applySplice(text, splice);
  if (staysInside(text, after, splice, section, core.end)) {
    const now = sectionsOf(after).find(({ start }) => start === section.start);
    const written = now === undefined ? undefined : coreOf(after, now, nested);
    if (written !== undefined && after.slice(written.from, written.to) === wanted) {
      keepBlocks(text, after, splice, path);
      return after;
    }
  }
  const others = nested === false ? ", nor any other," : "";
  throw refused(
    `the text would not stay in the section ${JSON.stringify(section.name)}`,
    path,
    `It must not hold a heading of level ${section.level} or higher${others} or leave a code fence, comment or HTML block open.`,
  );
}

/** Whether the blocks outside of a section are as they were, and a heading that came after it would be one. */
function staysInside(text: string, after: string, splice: Splice, { body }: Section, end: number): boolean {
  if (blocksInside(text, after, splice, body, end) === undefined) return false;
  return end < text.length || sectionsOf(`${after}\n\n# Next`).at(-1)?.start === after.length + 2;
}

/** The section and the text it is in: with the section's heading added if it was not there and is to be added. */
function findOrAdd(text: string, heading: HeadingPath, options: AddSectionOptions): [string, Section] {
  const sections = sectionsOf(text);
  const steps = stepsOf(heading);
  const last = steps.at(-1);
  if (options.add !== true || last === undefined) return [text, findSection(text, heading, options, sections)];
  const name = typeof last === "string" ? last : last.heading;
  const above = steps.slice(0, -1);
  const inFile = options.path === undefined ? {} : { path: options.path };
  const parent = above.length > 0 ? findSection(text, above, inFile, sections) : undefined;
  const there = sections.some(
    (section) =>
      section.name === name && (parent === undefined || (section.start > parent.start && section.start < parent.end)),
  );
  if (there) return [text, findSection(text, heading, options, sections)];
  return addHeading(text, name, parent, options);
}
