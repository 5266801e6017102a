import type { Command } from "./command.ts";

/** Every command, loaded when it is called. One line each, sorted by name. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  audit: () => import("./commands/audit.ts"),
  check: () => import("./commands/check.ts"),
  crashtest: () => import("./commands/crashtest.ts"),
  explain: () => import("./commands/explain.ts"),
  fix: () => import("./commands/fix.ts"),
  lock: () => import("./commands/lock.ts"),
  locks: () => import("./commands/locks.ts"),
  md: () => import("./commands/md.ts"),
  read: () => import("./commands/read.ts"),
  recover: () => import("./commands/recover.ts"),
  remove: () => import("./commands/remove.ts"),
  rename: () => import("./commands/rename.ts"),
  tx: () => import("./commands/tx.ts"),
  write: () => import("./commands/write.ts"),
};
