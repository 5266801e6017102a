export type { ChangedFile } from "./change-files.ts";
export { editFile } from "./edit-file.ts";
export type { EditResult, FileEdit } from "./edit-file.ts";
export type { HunkPlace } from "./hunks.ts";
export { PatchManager } from "./patch-manager.ts";
export type { ApplyOptions, PatchResult } from "./patch-manager.ts";
export type { AppliedPatch, PatchRecord } from "./series.ts";
