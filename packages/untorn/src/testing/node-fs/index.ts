export { createNodeFs } from "./module.ts";
export type { NodeFsModule, NodeFsOptions } from "./module.ts";
export { crashTestOf } from "./script.ts";
export type { SaveAndLoad } from "./script.ts";
export { nodeFsCrashTest, simulatedFolder, simulatedNodeFs, simulateNodeFs } from "./simulate.ts";
export type { NodeFsCrashTest } from "./simulate.ts";
