export { beginKeeping, endKeeping, outcomeOf } from "./keeping.ts";
export type { Keeping } from "./keeping.ts";
export { generationsOf, listGenerations, numberOf, wholeGeneration } from "./list.ts";
export type { Generation } from "./list.ts";
export { noteRemoval, removedAt } from "./removal.ts";
export { writeKeeping } from "./write-keeping.ts";
