import type { Command } from "./command.ts";

/** Every command, loaded when it is called. One line each, sorted by name. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  audit: () => import("./commands/audit.ts"),
  crashtest: () => import("./commands/crashtest.ts"),
  epic: () => import("./commands/epic.ts"),
  explain: () => import("./commands/explain.ts"),
  fix: () => import("./commands/fix.ts"),
  item: () => import("./commands/item.ts"),
  lock: () => import("./commands/lock.ts"),
  locks: () => import("./commands/locks.ts"),
  md: () => import("./commands/md.ts"),
  project: () => import("./commands/project.ts"),
  read: () => import("./commands/read.ts"),
  rebuild: () => import("./commands/rebuild.ts"),
  reconcile: () => import("./commands/reconcile.ts"),
  remove: () => import("./commands/remove.ts"),
  rename: () => import("./commands/rename.ts"),
  run: () => import("./commands/run.ts"),
  write: () => import("./commands/write.ts"),
};
