export { openState } from "./state/index.ts";
export type { Snapshot, State, StateHistory, StateOptions } from "./state/index.ts";
export type { StandardIssue, StandardResult, StandardSchema } from "./update/index.ts";
