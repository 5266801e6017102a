import { isUntornError } from "untorn";
import { corruptState, inputRefused, isOfTheFile, missingState, textOf } from "../ground/index.ts";
import { comparePlanIds, isPlanId, isSamePlan, parsePlanName } from "./plan-ids.ts";
import type { Run } from "./place.ts";
import { cutProblem } from "./torn.ts";

/** A plan of a run: its files, relative to the run's folder, with `/`. */
export interface PlanFile {
  readonly id: string;
  /** The folder of its phase (`02-state-operations`); `null` where plans have no phases. */
  readonly phase: string | null;
  readonly plan: string;
  readonly hasPlan: boolean;
  readonly summary: string;
  /** Whether it is complete: its summary is there, and whole. */
  readonly complete: boolean;
  /** What is wrong with the summary that is there: it is empty, or was cut, and says nothing of how the plan ended. */
  readonly torn?: string;
}

/** All plans in order, those complete whose summaries are whole. */
export function listPlans(run: Run): PlanFile[] {
  return namedPlans(run).map((plan) => (plan.complete ? looked(run, plan) : plan));
}

function looked({ folder, ground }: Run, plan: PlanFile): PlanFile {
  const path = `${folder}/${plan.summary}`;
  try {
    const file = ground.read(path);
    // It is gone by now, or a link that leads nowhere.
    if (file === undefined) return { ...plan, complete: false };
    const torn = cutProblem(textOf(file.data, path));
    return torn === undefined ? plan : { ...plan, complete: false, torn };
  } catch (error) {
    if (!isUntornError(error) || !isOfTheFile(error)) throw error;
    return { ...plan, complete: false, torn: error.problem };
  }
}

/** Why nothing can be built on a plan whose summary is torn. */
export function tornSummary(run: Run, plan: PlanFile): Error {
  return corruptState(
    `${run.folder}/${plan.summary}`,
    plan.torn ?? "it is torn",
    "Mend it (`untorn recover` looks for a good copy), or remove it to run the plan again.",
  );
}

/**
 * All plans in order, as the folder shows them: `plans/NN-PLAN.md` with `summaries/NN-SUMMARY.md`, and both in
 * `phases/NN-name/`; complete is what has a summary, whatever is in it. A plan of which only the summary is left is one, too.
 */
export function namedPlans({ folder, ground }: Run): PlanFile[] {
  const found = new Map<string, { phase: string | null; plan?: string; summary?: string }>();
  const look = (place: string, phase: string | null): void => {
    for (const { name, directory } of ground.list(`${folder}/${place}`)) {
      const parsed = directory ? undefined : parsePlanName(name);
      if (parsed === undefined) continue;
      const key = `${phase ?? ""}/${parsed.id}`;
      const each = found.get(key) ?? { phase };
      each[parsed.kind === "PLAN" ? "plan" : "summary"] = `${place}/${name}`;
      found.set(key, each);
    }
  };
  look("plans", null);
  look("summaries", null);
  for (const { name, directory } of ground.list(`${folder}/phases`)) if (directory) look(`phases/${name}`, name);
  return [...found]
    .map(([key, { phase, plan, summary }]) => {
      const id = key.slice(key.indexOf("/") + 1);
      const [plans, summaries] = phase === null ? ["plans", "summaries"] : [`phases/${phase}`, `phases/${phase}`];
      return {
        id,
        phase,
        plan: plan ?? `${plans}/${id}-PLAN.md`,
        hasPlan: plan !== undefined,
        summary: summary ?? `${summaries}/${id}-SUMMARY.md`,
        complete: summary !== undefined,
      };
    })
    .toSorted((a, b) => comparePlanIds(a.id, b.id));
}

/** The plan with an id; `2-1` finds `02-01`. */
export function findPlan(run: Run, plans: readonly PlanFile[], id: string): PlanFile {
  if (!isPlanId(id)) throw inputRefused(run.folder, `'${id}' is not a plan's id such as 01 or 02-01`);
  const found = plans.filter((plan) => isSamePlan(plan.id, id));
  const [first, second] = found;
  if (first === undefined) {
    const there =
      plans.length === 0
        ? "there are none"
        : plans
            .map((plan) => plan.id)
            .slice(0, 20)
            .join(", ");
    throw missingState(run.folder, `there is no plan ${id}`, `Plans: ${there}.`);
  }
  if (second !== undefined) {
    throw inputRefused(
      run.folder,
      `plan ${id} is there twice: ${first.plan} and ${second.plan}`,
      "Rename one of them.",
    );
  }
  return first;
}

/** Where in all plans, and in those of its phase, a plan stands, from 1. */
export function placeOf(plans: readonly PlanFile[], plan: PlanFile) {
  const phases = [...new Set(plans.map(({ phase }) => phase))];
  const inPhase = plans.filter(({ phase }) => phase === plan.phase);
  return {
    number: plans.indexOf(plan) + 1,
    inPhase: inPhase.indexOf(plan) + 1,
    ofPhase: inPhase.length,
    phase: phases.indexOf(plan.phase) + 1,
    phases: phases.length,
  };
}
