import { BlockScanner } from "./blocks/index.ts";
import type { Leaf } from "./blocks/index.ts";
import { findSection, scopeOf } from "./headings.ts";
import type { Where } from "./options.ts";
import { pickOne, refused } from "./problems.ts";
import type { Candidate } from "./problems.ts";
import { checkLine } from "./replacement.ts";
import { applySplice, blocksInside, contentEnd, countLineEnds, lineEndNear, lineStart } from "./splice.ts";
import { taskMark } from "./task-marks.ts";

export interface TaskWhere extends Where {
  /** `exact` (the default): the item's text is what is given; `start` or `part`: it starts with it, or holds it. */
  readonly match?: "exact" | "start" | "part";
}

/** A task list item: `- [ ] text` or `1. [x] text`. */
export interface Task {
  /** The rest of the item's first line, as it stands in the text. */
  readonly label: string;
  readonly checked: boolean;
  /** In how many lists and block quotes it is: 1 for an item of a list that is in nothing else. */
  readonly depth: number;
  /** Where its list marker stands in the text. */
  readonly start: number;
}

interface Found extends Candidate {
  readonly leaf: Leaf;
  readonly box: number;
  readonly checked: boolean;
}

/** The task list items of a document, in order. */
export function listTasks(text: string, where: Where = {}): Task[] {
  return [...search(text, where)].map(({ name, checked, leaf }) => ({
    label: name,
    checked,
    depth: leaf.depth,
    start: leaf.container,
  }));
}

/**
 * Whether a task list item is checked.
 * @throws UntornError `UNTORN_NO_MATCH` or `UNTORN_AMBIGUOUS`, naming the items that are there.
 */
export function isTaskChecked(text: string, label: string, where: TaskWhere = {}): boolean {
  return find(text, label, where).checked;
}

/**
 * Checks a task list item: one character changes, none if it is checked already.
 * @throws UntornError as `isTaskChecked`.
 */
export function checkTask(text: string, label: string, where: TaskWhere = {}): string {
  const { box, checked } = find(text, label, where);
  return checked ? text : applySplice(text, { start: box, end: box + 1, text: "x" });
}

/** Unchecks a task list item. As `checkTask` otherwise. */
export function uncheckTask(text: string, label: string, where: TaskWhere = {}): string {
  const { box, checked } = find(text, label, where);
  return checked ? applySplice(text, { start: box, end: box + 1, text: " " }) : text;
}

export interface AddTaskOptions {
  /** The heading directly under which it is added; the end of the document if left out. */
  readonly under?: Where["under"];
  readonly checked?: boolean;
  readonly path?: string;
}

/**
 * Adds a task list item: after the last one directly under the heading, in its list's style; without any, as a new list.
 * @throws UntornError `UNTORN_NO_MATCH`, `UNTORN_AMBIGUOUS` for the heading; `UNTORN_INVALID_ARGUMENT` for a label that
 * would not stay on its line or be read back as it is.
 */
export function addTask(text: string, label: string, options: AddTaskOptions = {}): string {
  const { under, checked = false, path } = options;
  checkLine(label, "the item's text", path);
  const section = under === undefined ? undefined : findSection(text, under, path === undefined ? {} : { path });
  const from = section?.body ?? 0;
  const to = section?.ownEnd ?? text.length;
  const tasks = tasksBetween(text, from, to);
  const last = tasks.at(-1);
  const end = last === undefined ? to : itemEnd(text, last.leaf, to);
  const at = contentEnd(text, section?.start ?? (text.charCodeAt(0) === 0xfeff ? 1 : 0), end);
  const lineEnd = lineEndNear(text, at);
  const loose = last === undefined || isLoose(text, tasks);
  const marker = last === undefined ? "- " : nextMarker(text, last.leaf);
  const gap = at === 0 || (at === 1 && text.charCodeAt(0) === 0xfeff) ? "" : loose ? lineEnd + lineEnd : lineEnd;
  const tail = (to < text.length && at === to) || (gap === "" && at === text.length) ? lineEnd : "";
  const splice = { start: at, end: at, text: `${gap}${marker}[${checked ? "x" : " "}] ${label}${tail}` };
  const after = applySplice(text, splice);
  const wanted = at + gap.length + marker.search(/\S/);
  const now = [...search(after, {})].find(({ leaf }) => leaf.container === wanted);
  const inside = blocksInside(text, after, splice, at, at);
  if (now?.name !== label || now.checked !== checked || inside?.length !== 1) {
    throw refused(
      `the item ${JSON.stringify(label)} cannot be added there`,
      path,
      "No code fence or comment may be left open before it.",
    );
  }
  return after;
}

/** The tasks in the stretch that are in no other list or block quote. */
function tasksBetween(text: string, from: number, to: number): Found[] {
  return [...search(text, {})].filter(({ leaf }) => leaf.depth === 1 && leaf.start >= from && leaf.start < to);
}

/** Where what follows a list item starts: the next block outside of it, or the next item. */
function itemEnd(text: string, item: Leaf, to: number): number {
  const scanner = new BlockScanner(text);
  for (let leaf = scanner.next(); leaf !== undefined && leaf.start < to; leaf = scanner.next()) {
    if (leaf.start <= item.start) continue;
    if (leaf.depth === 0) return lineStart(text, leaf.start);
    if (leaf.depth === 1 && leaf.container !== item.container) return lineStart(text, leaf.container);
  }
  return to;
}

/** Whether a blank line stands between the last two items. */
function isLoose(text: string, tasks: readonly Found[]): boolean {
  const [one, two] = tasks.slice(-2);
  if (one === undefined || two === undefined) return false;
  const start = lineStart(text, two.leaf.container);
  return countLineEnds(text, contentEnd(text, one.leaf.start, start), start) > 1;
}

/** What the item after a list item starts with: the same bullet, or the next number. */
function nextMarker(text: string, item: Leaf): string {
  const prefix = text.slice(lineStart(text, item.container), item.start);
  return prefix.replace(/\d+/, (number) => String(Number(number) + 1));
}

function find(text: string, label: string, where: TaskWhere): Found {
  const { match = "exact" } = where;
  const fits = (name: string) =>
    match === "exact" ? name === label : match === "start" ? name.startsWith(label) : name.includes(label);
  const found = [...search(text, where)].filter(({ name }) => fits(name));
  return pickOne(text, `task ${JSON.stringify(label)}`, found, () => [...search(text, where)], where);
}

function* search(text: string, where: Where): Generator<Found> {
  const { from, to } = scopeOf(text, where);
  const scanner = new BlockScanner(text);
  for (let leaf = scanner.next(); leaf !== undefined && leaf.start < to; leaf = scanner.next()) {
    const mark = leaf.start < from ? undefined : taskMark(text, leaf);
    if (mark === undefined) continue;
    const { label, box, checked } = mark;
    yield { name: text.slice(label.start, label.end), start: leaf.start, leaf, box, checked };
  }
}
