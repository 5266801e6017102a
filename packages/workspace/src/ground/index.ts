export { machine } from "./machine.ts";
export type { Entry, Ground } from "./ground.ts";
export { escapeMarkdown, textOf } from "./text.ts";
export { corruptState, inputRefused, missingState, standsInTheWay } from "./problems.ts";
