export { keepGeneration } from "./keep.ts";
export { generationsIn, generationsOf, listGenerations, namesIn, wholeGeneration } from "./list.ts";
export type { Generation } from "./list.ts";
export { writeKeeping } from "./write-keeping.ts";
