export { openState } from "./open-state.ts";
export type { Snapshot, State, StateHistory, StateOptions } from "./typed-state.ts";
