import { nonAtomicWrite } from "./non-atomic-write.ts";
import type { Rule } from "./rule.ts";

export type { Report, Rule } from "./rule.ts";

/** Every rule, the one that carries the weight first. */
export const rules: readonly Rule[] = [nonAtomicWrite];
