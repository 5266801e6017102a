/**
 * The id of a plan is what its file's name says before `-PLAN.md`, whole: `01`, `02-01`, `02.1-03`. Numbers in a frontmatter are
 * no ids: YAML reads `plan: 02` as 2.
 */
const planName = /^(?<id>\d+(?:\.\d+)*(?:-\d+(?:\.\d+)*)*)-(?<kind>PLAN|SUMMARY)\.md$/;

/** What a file's name says, if it is one of a plan. */
export function parsePlanName(name: string): { id: string; kind: "PLAN" | "SUMMARY" } | undefined {
  const groups = planName.exec(name)?.groups;
  if (groups === undefined) return undefined;
  return { id: groups["id"] as string, kind: groups["kind"] as "PLAN" | "SUMMARY" };
}

/** Whether a text is a plan's id. */
export function isPlanId(text: string): boolean {
  return parsePlanName(`${text}-PLAN.md`) !== undefined;
}

/** By number: `2-9` before `02-10`, and `02` before `02.1` before `03`. */
export function comparePlanIds(a: string, b: string): number {
  const [one, other] = [numbersOf(a), numbersOf(b)];
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const [x = [], y = []] = [one[at], other[at]];
    for (let digit = 0; digit < Math.max(x.length, y.length); digit += 1) {
      const difference = (x[digit] ?? -1) - (y[digit] ?? -1);
      if (difference !== 0) return difference;
    }
  }
  return 0;
}

/** `2-1` is `02-01`. */
export function isSamePlan(a: string, b: string): boolean {
  return isPlanId(a) && isPlanId(b) && comparePlanIds(a, b) === 0;
}

function numbersOf(id: string): number[][] {
  return id.split("-").map((part) => part.split(".").map(Number));
}

/**
 * The plan that an entry of a history or a checkpoint means: `{phase: "02", plan: "01"}` and `{plan: "02-01"}` are one.
 */
export function planOf(entry: { readonly phase?: unknown; readonly plan?: unknown }): string | undefined {
  const plan = idText(entry.plan);
  if (plan === undefined || plan.includes("-")) return plan;
  const phase = idText(entry.phase);
  const number = phase === undefined ? undefined : /^\d+(?:\.\d+)*/.exec(phase)?.[0];
  return number === undefined ? plan : `${number}-${plan}`;
}

function idText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
