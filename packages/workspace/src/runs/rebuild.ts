import { listFields } from "@untorn/markdown";
import type { Transaction } from "untorn";
import { isUntornError } from "untorn";
import { formatJson, openJson } from "untorn/json";
import { isObject, tornProblem } from "../ground/index.ts";
import { checkpointFile, parseCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { currentAgentFile, historyFile } from "./history.ts";
import { inRun } from "./executor.ts";
import { inStore, timestamp } from "./place.ts";
import type { Run } from "./place.ts";
import { namedPlans, placeOf } from "./plan-files.ts";
import type { PlanFile } from "./plan-files.ts";
import { isSamePlan } from "./plan-ids.ts";
import { rebuildHistory } from "./rebuild-history.ts";
import { newState, stateDamage, stateFile, writePosition } from "./state-document.ts";
import { readSummary } from "./summary-facts.ts";
import type { SummaryFacts } from "./summary-facts.ts";
import { bodyOf, cutProblem } from "./torn.ts";

/** What a rebuild found out, and what it could not. */
export interface RebuildReport {
  readonly folder: string;
  readonly plans: number;
  readonly summaries: number;
  /** The files that differ from what the summaries prove, in words; empty if all is well. */
  readonly changes: readonly { readonly file: string; readonly change: string }[];
  /** What could not be known from what is there. */
  readonly unknown: readonly string[];
  /** The corrupt files and the names that their bytes were kept under. */
  readonly kept: readonly { readonly file: string; readonly as: string }[];
  readonly applied: boolean;
}

/**
 * Makes `agent-history.json`, `checkpoint.json` and the position in STATE.md agree with the summaries. What is valid in them is
 * kept, entry by entry; the bytes of a corrupt file are kept beside it. Without `apply` it only reports.
 *
 * @throws UntornError UNTORN_LOCKED, with `apply`, if the run has an executor. Nothing is changed then.
 */
export async function rebuildRun(run: Run, options: { readonly apply?: boolean } = {}): Promise<RebuildReport> {
  if (options.apply !== true) {
    // A look makes nothing, not even the folder of a first transaction; one that a crash left half done is completed.
    await inStore(run, (store) => store.readTogether([stateFile]));
    return new Rebuild(run).plan().report(false);
  }
  return await inRun(run, "rebuild", async (tx) => {
    const rebuild = new Rebuild(run).plan();
    await rebuild.apply(tx);
    return rebuild.report(true);
  });
}

interface Read {
  readonly text: string | undefined;
  readonly damage: string | undefined;
  /** Of the text: it is replaced only as long as it is what was judged. */
  readonly etag?: string;
}

interface Change {
  readonly file: string;
  readonly change: string;
  /** `undefined`: it is removed. */
  readonly text: string | undefined;
  readonly before: Read;
}

class Rebuild {
  readonly #run: Run;
  readonly #changes: Change[] = [];
  readonly #unknown: string[] = [];
  readonly #kept: { file: string; as: string }[] = [];
  #plans: PlanFile[] = [];
  #current: PlanFile | undefined;
  #summaries = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  plan(): this {
    const facts = this.#readSummaries();
    this.#planHistory(facts);
    this.#planCheckpoint(facts);
    this.#planState();
    const before = this.#read(currentAgentFile);
    if (before.text !== undefined || before.damage !== undefined) {
      this.#remove(currentAgentFile, before, "removed: no agent runs");
    }
    return this;
  }

  async apply(tx: Transaction): Promise<void> {
    for (const kept of this.#kept) {
      kept.as = await free(tx, kept.as);
      await tx.write(kept.as, (await tx.read(kept.file)).data, { mode: 0o600, ifAbsent: true });
    }
    for (const { file, text, before } of this.#changes) {
      const absent = before.text === undefined && before.damage === undefined;
      // It may have gone since.
      if (text === undefined && !(await tx.exists(file))) continue;
      if (text === undefined) await tx.remove(file);
      else if (before.etag === undefined) await tx.write(file, text, { ifAbsent: absent });
      else await tx.write(file, text, { ifMatch: before.etag });
    }
  }

  report(applied: boolean): RebuildReport {
    return {
      folder: this.#run.folder,
      plans: this.#plans.length,
      summaries: this.#summaries,
      changes: this.#changes.map(({ file, change }) => ({ file, change })),
      unknown: this.#unknown,
      kept: this.#kept,
      applied,
    };
  }

  #readSummaries(): Map<PlanFile, SummaryFacts> {
    const facts = new Map<PlanFile, SummaryFacts>();
    for (const plan of namedPlans(this.#run)) {
      if (!plan.complete) {
        this.#plans.push(plan);
        continue;
      }
      this.#summaries += 1;
      const { text, damage = "it is gone" } = this.#read(plan.summary);
      const torn = text === undefined ? damage : cutProblem(text);
      if (text === undefined || torn !== undefined) {
        // It does not say how its plan has ended: a person has to.
        this.#plans.push({ ...plan, complete: false, torn: torn ?? damage });
        this.#unknown.push(`how plan ${plan.id} ended: ${plan.summary} cannot be read (${torn})`);
        continue;
      }
      this.#plans.push(plan);
      const summary = readSummary(text, plan.summary);
      if (summary.problem !== undefined) this.#unknown.push(`${plan.summary}: its frontmatter cannot be read`);
      else if (summary.completed === undefined)
        this.#unknown.push(`${plan.summary} does not say when it was completed`);
      facts.set(plan, summary);
    }
    return facts;
  }

  #planHistory(facts: ReadonlyMap<PlanFile, SummaryFacts>): void {
    const read = this.#read(historyFile);
    const { history, notes, changes, corrupt } = rebuildHistory(read.text, facts, timestamp(this.#run));
    this.#unknown.push(...notes);
    const whole = read.text === undefined ? undefined : openedHistory(read.text);
    if (read.damage !== undefined || corrupt) this.#keep(historyFile);
    const text = whole === undefined ? formatJson(history) : whole.edit(history);
    this.#change(historyFile, read, text, changes.length > 0 ? changes.join("; ") : "made anew");
  }

  #planCheckpoint(facts: ReadonlyMap<PlanFile, SummaryFacts>): void {
    const read = this.#read(checkpointFile);
    const old = valid(() => (read.text === undefined ? undefined : parseCheckpoint(read.text, checkpointFile)));
    const named = this.#plans.find((plan) => old !== undefined && isSamePlan(plan.id, old.plan));
    // One that says what the summaries cannot: how far a plan is that is not complete.
    this.#current = old?.status === "in_progress" && named?.complete === false ? named : undefined;
    if (this.#current !== undefined) return;
    const last = this.#plans.findLast(({ complete }) => complete);
    const corrupt = old === undefined && (read.text !== undefined || read.damage !== undefined);
    // What is valid stays, also where it says more than a summary that is torn.
    const stays = old?.status === "completed" && (named === last || named?.torn !== undefined);
    if (last === undefined ? !corrupt : stays) return;
    if (corrupt) this.#keep(checkpointFile);
    if (old === undefined && this.#plans.some(({ complete }) => !complete)) {
      this.#unknown.push("whether a plan was under way, and which of its tasks were done");
    }
    if (last === undefined) {
      this.#remove(checkpointFile, read, "removed: it is corrupt, and no plan is complete");
      return;
    }
    const summary = facts.get(last);
    const tasks = old !== undefined && named === last ? old.tasks_completed : [...(summary?.tasks ?? [])];
    if (tasks.length === 0) this.#unknown.push(`${last.summary} does not say which tasks were done`);
    const checkpoint: Checkpoint = {
      ...old,
      version: old?.version ?? "1.0",
      plan: last.id,
      phase: last.phase,
      status: "completed",
      tasks_completed: tasks,
      updated: summary?.completed ?? timestamp(this.#run),
    };
    const text = old === undefined ? formatJson(checkpoint) : openJson(read.text ?? "").edit(checkpoint);
    this.#change(checkpointFile, read, text, `plan ${last.id} is complete`);
  }

  #planState(): void {
    const read = this.#read(stateFile);
    const damaged =
      read.damage !== undefined || (read.text !== undefined && stateDamage(read.text, stateFile) !== undefined);
    if (damaged) this.#keep(stateFile);
    const last = this.#current ?? this.#plans.findLast(({ complete }) => complete);
    if (last === undefined && read.text !== undefined && !damaged) return;
    const all = this.#plans.length > 0 && this.#plans.every(({ complete }) => complete);
    const position = {
      plans: this.#plans,
      plan: last,
      status: all ? "All plans complete" : this.#current === undefined ? "Ready for the next plan" : "In progress",
      activity: `${timestamp(this.#run).slice(0, 10)} — Rebuilt from ${this.#summaries} summaries`,
    };
    // Behind a frontmatter that cannot be read the notes may be whole.
    const notes = damaged ? notesIn(read.text) : read.text;
    if (notes === undefined) this.#unknown.push("the notes that STATE.md held besides the position");
    else if (damaged) this.#unknown.push("what the frontmatter of STATE.md held");
    const before = notes ?? newState("State");
    // What is right already is left in its own words.
    const fits = (plan: PlanFile): boolean => plan === last || plan.torn !== undefined;
    const { text } = read;
    if (!damaged && text !== undefined && this.#plans.some((each) => fits(each) && saysSame(text, this.#plans, each)))
      return;
    this.#change(stateFile, read, writePosition(before, position), `position: plan ${last?.id ?? "none"}`);
  }

  #change(file: string, before: Read, text: string, change: string): void {
    if (before.text !== text) this.#changes.push({ file, change, text, before });
  }

  #remove(file: string, before: Read, change: string): void {
    this.#changes.push({ file, change, text: undefined, before });
  }

  #keep(file: string): void {
    const stamp = timestamp(this.#run).replace(/[^0-9TZ]/g, "");
    this.#kept.push({ file, as: `${file}.corrupt-${stamp}` });
  }

  #read(file: string): Read {
    try {
      const content = this.#run.ground.read(`${this.#run.folder}/${file}`);
      if (content === undefined) return { text: undefined, damage: undefined };
      return {
        text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content.data),
        damage: undefined,
        etag: content.etag,
      };
    } catch (error) {
      if (error instanceof TypeError) return { text: undefined, damage: "it is not UTF-8 text" };
      if (isUntornError(error) && error.code === "UNTORN_CORRUPT") return { text: undefined, damage: error.problem };
      throw error;
    }
  }
}

/** A name that nothing has yet: what an earlier rebuild kept within the same second stays. */
async function free(tx: Transaction, name: string): Promise<string> {
  let found = name;
  for (let number = 2; await tx.exists(found); number += 1) found = `${name}-${number}`;
  return found;
}

/** What is behind a frontmatter that cannot be read; `undefined` if there is nothing, or that is damaged, too. */
function notesIn(text: string | undefined): string | undefined {
  const body = text === undefined || tornProblem(text) !== undefined ? undefined : bodyOf(text);
  return body === undefined || tornProblem(body) !== undefined ? undefined : body;
}

function openedHistory(text: string) {
  return valid(() => {
    const document = openJson(text);
    return isObject(document.value) ? document : undefined;
  });
}

/** `undefined` for what is corrupt. */
function valid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isUntornError(error)) return undefined;
    throw error;
  }
}

/** Whether a STATE.md names the plan in its position: by its id, or as a number in its phase. */
function saysSame(text: string, plans: readonly PlanFile[], plan: PlanFile): boolean {
  const value = (key: string): string => listFields(text).find((field) => field.key === key)?.value ?? "";
  const ids = value("Plan").match(/\d+(?:\.\d+)*(?:-\d+(?:\.\d+)*)*/g) ?? [];
  if (ids.some((id) => isSamePlan(id, plan.id))) return true;
  const place = placeOf(plans, plan);
  return (
    plan.phase !== null &&
    value("Plan").startsWith(`${place.inPhase} of ${place.ofPhase}`) &&
    value("Phase").startsWith(`${place.phase} of ${place.phases}`)
  );
}
