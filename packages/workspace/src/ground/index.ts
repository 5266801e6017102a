export { machine } from "./machine.ts";
export type { Entry, Ground } from "./ground.ts";
export { corruptState, inputRefused, missingState, standsInTheWay } from "./problems.ts";
