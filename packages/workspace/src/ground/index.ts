export { machine } from "./machine.ts";
export type { Entry, Ground } from "./ground.ts";
export { escapeMarkdown, refuseTorn, textOf, tornProblem } from "./text.ts";
export { corruptState, inputRefused, isOfTheFile, missingState, standsInTheWay } from "./problems.ts";
export { changeTyped, checkedBy, parseTyped, readTyped } from "./typed.ts";
export type { TypedDocument } from "./typed.ts";
export { isObject } from "./values.ts";
export { wholeObjectAt } from "./whole-object.ts";
