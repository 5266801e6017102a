export { nextTask } from "./next-task.ts";
export type {
  NewTask,
  PipelineFile,
  PipelinePhase,
  PipelineState,
  PipelineTask,
  Priority,
  TaskStatus,
} from "./pipeline-state.ts";
export type { RecoveredState } from "./recover-state.ts";
export { StateManager } from "./state-manager.ts";
export type { StateManagerOptions } from "./state-file.ts";
export type { PipelineSummary, WaitsFor } from "./summary.ts";
