export type { CrashTest, Workload } from "./crash-test.ts";
export { assertCrashSafe, exploreCrashes } from "./explore.ts";
export { Knowledge } from "./knowledge.ts";
export { btrfs, ext4NoAuto, ext4Ordered, persistenceModel, persistenceModels, posix, xfs } from "./model.ts";
export type { PersistenceModel } from "./model.ts";
export { formatCrashReport } from "./report.ts";
export type { CrashFailure, CrashReport, ModelReport } from "./report.ts";
