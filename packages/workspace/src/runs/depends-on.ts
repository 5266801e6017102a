import type { Transaction } from "untorn";
import { parseFrontmatter } from "untorn/frontmatter";
import { parseDocument } from "yaml";
import { isObject, missingState } from "../ground/index.ts";
import { textIn } from "./place.ts";
import type { Run } from "./place.ts";
import type { PlanFile } from "./plan-files.ts";
import { isSamePlan, parsePlanName, planOf } from "./plan-ids.ts";
import { frontmatterOf } from "./torn.ts";

/** What must be complete before a plan: all before it, or, where it has `depends_on`, those named there and all of earlier phases. */
export async function requiredFor(
  tx: Transaction,
  run: Run,
  plans: readonly PlanFile[],
  plan: PlanFile,
): Promise<readonly PlanFile[]> {
  const earlier = plans.slice(0, plans.indexOf(plan));
  const text = await textIn(tx, plan.plan);
  const path = `${run.folder}/${plan.plan}`;
  const named = text === undefined ? undefined : namedIn(text, path);
  if (named === undefined) return earlier;
  const wanted = new Set(plan.phase === null ? [] : earlier.filter((each) => each.phase !== plan.phase));
  for (const one of named) {
    const found = dependency(String(one), plans, plan);
    // What cannot be found cannot be waited for; taken for met, a slip of the pen would start a plan too soon.
    if (found.length === 0) {
      const problem = `depends_on names '${String(one)}', and there is no such plan`;
      throw missingState(path, problem, "Name the plans by their ids, such as 01 or 02-01.");
    }
    for (const each of found) wanted.add(each);
  }
  return [...wanted];
}

/** The list in `depends_on` as it is written: as a number `1.10` would be 1.1, another plan. `undefined`: there is no list. */
function namedIn(text: string, path: string): readonly unknown[] | undefined {
  // Strictly first: what is not YAML is an error.
  if (!Array.isArray(parseFrontmatter(text, { path }).data["depends_on"])) return undefined;
  const written: unknown = parseDocument(frontmatterOf(text) ?? "", { schema: "failsafe" }).toJS();
  const named = isObject(written) ? written["depends_on"] : undefined;
  return Array.isArray(named) ? (named as unknown[]) : undefined;
}

/** The plans that a name in `depends_on` means: a plan's id or file, one within the same phase, or a whole phase. */
function dependency(name: string, plans: readonly PlanFile[], plan: PlanFile): readonly PlanFile[] {
  const id = parsePlanName(name)?.id ?? parsePlanName(`${name}.md`)?.id ?? name;
  const withPhase = planOf({ phase: plan.phase, plan: id }) ?? id;
  for (const wanted of [id, withPhase]) {
    const found = plans.filter((each) => isSamePlan(each.id, wanted));
    if (found.length > 0) return found;
  }
  return plans.filter(
    ({ phase }) => phase === name || (phase !== null && isSamePlan(/^[\d.]+/.exec(phase)?.[0] ?? "", id)),
  );
}
