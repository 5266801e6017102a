import { appendSection, getTable, listFields, listSections, setField, setRow } from "@untorn/markdown";
import type { Where } from "@untorn/markdown";
import { isUntornError } from "untorn";
import type { UntornError } from "untorn";
import { getFrontmatter, parseFrontmatter, setFrontmatter } from "untorn/frontmatter";
import { corruptState, isObject, tornProblem } from "../ground/index.ts";
import { placeOf } from "./plan-files.ts";
import type { PlanFile } from "./plan-files.ts";

/** What STATE.md says of where the run is. */
export interface Position {
  readonly plans: readonly PlanFile[];
  /** The plan that the run is at; the one that the file names stays if left out. */
  readonly plan: PlanFile | undefined;
  /** The one that the file has stays if left out. */
  readonly status?: string | undefined;
  /** What was done last, with its date. */
  readonly activity: string;
}

export const stateFile = "STATE.md";

const section = "Current Position";

/** A new STATE.md. */
export function newState(title: string): string {
  return `# ${title}\n\n## ${section}\n\nStatus: Ready\n\n## Accumulated Context\n`;
}

/** What keeps a STATE.md that is there from being changed: it is torn, or nobody can read its frontmatter. */
export function stateDamage(text: string, path: string): UntornError | undefined {
  const torn = tornProblem(text);
  if (torn !== undefined) return corruptState(path, torn, advice);
  try {
    parseFrontmatter(text, { path });
    return undefined;
  } catch (error) {
    if (!isUntornError(error) || error.code !== "UNTORN_CORRUPT") throw error;
    return corruptState(path, error.problem, advice, error);
  }
}

const advice = "Run `untorn rebuild`: it makes the position anew, and keeps what is there beside it.";

/**
 * STATE.md with another position. Fields that are there are set where they are, in whatever form; the others are added to its
 * section. Numbers of finished plans that the file keeps elsewhere (its frontmatter, its tables) go along; all else stays.
 */
export function writePosition(text: string, position: Position): string {
  let after = ensureSection(text);
  for (const [key, value] of fieldsOf(after, position)) after = put(after, key, value);
  return countInTables(countInFrontmatter(after, position), position);
}

function* fieldsOf(text: string, { plans, plan, status, activity }: Position): Generator<[string, string]> {
  if (plan !== undefined) {
    const place = placeOf(plans, plan);
    if (plan.phase === null) {
      yield ["Plan", `${plan.id} (${place.number} of ${plans.length})`];
    } else {
      const title = phaseTitle(text, plan.phase);
      yield ["Phase", `${place.phase} of ${place.phases} (${title})`];
      yield ["Plan", `${place.inPhase} of ${place.ofPhase} in current phase (${plan.id})`];
    }
  }
  if (status !== undefined) yield ["Status", status];
  yield ["Last activity", activity];
  const { done, percent } = progressOf(plans);
  yield ["Progress", `${"█".repeat(Math.floor(percent / 10)).padEnd(10, "░")} ${percent}%`];
  if (has(text, "Total plans completed")) yield ["Total plans completed", String(done)];
}

export function progressOf(plans: readonly PlanFile[]): { done: number; percent: number } {
  const done = plans.filter(({ complete }) => complete).length;
  return { done, percent: plans.length === 0 ? 0 : Math.floor((100 * done) / plans.length) };
}

/** A phase's name as the file has it already, or made from its folder's: `03-unit-tests` is Unit Tests. */
function phaseTitle(text: string, phase: string): string {
  const name = phase.replace(/^[\d.]+-?/, "").replaceAll("-", " ");
  const old = /\((.*)\)\s*$/.exec(listFields(text).find(({ key }) => key === "Phase")?.value ?? "")?.[1];
  const plain = (title: string): string =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, " ")
      .trim();
  if (old !== undefined && plain(old) === plain(name)) return old;
  return name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()) || phase;
}

function ensureSection(text: string): string {
  if (listSections(text).some(({ heading }) => heading === section)) return text;
  if (has(text, "Status")) return text;
  return appendSection(text, section, "Status: Ready", { add: true, level: 2 });
}

function has(text: string, key: string): boolean {
  return listFields(text).some((field) => field.key === key);
}

function put(text: string, key: string, value: string): string {
  const inSection: Where = listSections(text).some(({ heading }) => heading === section) ? { under: section } : {};
  if (listFields(text, inSection).some((field) => field.key === key)) {
    return setField(text, key, value, { ...inSection, index: 0 });
  }
  if (has(text, key)) return setField(text, key, value, { index: 0 });
  return setField(text, key, value, { ...inSection, add: true });
}

/** `progress: {total_plans, completed_plans, percent}` in the frontmatter, where it is. */
function countInFrontmatter(text: string, { plans }: Position): string {
  if (!text.startsWith("---") || !isObject(parseFrontmatter(text).data["progress"])) return text;
  const { done, percent } = progressOf(plans);
  const values = { total_plans: plans.length, completed_plans: done, percent };
  let after = text;
  for (const [key, value] of Object.entries(values)) {
    if (getFrontmatter(after, ["progress", key]) !== undefined) after = setFrontmatter(after, ["progress", key], value);
  }
  return after;
}

/** The `Plans` column of a table by phase, where there is one. */
function countInTables(text: string, { plans, plan }: Position): string {
  if (plan === undefined || plan.phase === null) return text;
  const { phase } = plan;
  const done = plans.filter((each) => each.phase === phase && each.complete).length;
  const number = Number.parseFloat(phase);
  try {
    const table = getTable(text, { index: 0 });
    if (table.columns[0] !== "Phase" || !table.columns.includes("Plans")) return text;
    const row = table.rows.findIndex(([cell = ""]) => Number.parseFloat(cell) === number);
    const old = table.rows[row]?.[table.columns.indexOf("Plans")] ?? "";
    if (row === -1 || !/^(?:\d+|-)$/.test(old)) return text;
    return setRow(text, row, { Plans: String(done) }, { index: 0 });
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NO_MATCH") return text;
    throw error;
  }
}
