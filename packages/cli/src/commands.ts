import type { Command } from "./command.ts";

/** Every command, loaded when it is called. One line each, sorted by name. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  append: () => import("./commands/append.ts"),
  audit: () => import("./commands/audit.ts"),
  check: () => import("./commands/check.ts"),
  crashtest: () => import("./commands/crashtest.ts"),
  diff: () => import("./commands/diff.ts"),
  explain: () => import("./commands/explain.ts"),
  fix: () => import("./commands/fix.ts"),
  frontmatter: () => import("./commands/frontmatter.ts"),
  get: () => import("./commands/get.ts"),
  history: () => import("./commands/history.ts"),
  json: () => import("./commands/json.ts"),
  lock: () => import("./commands/lock.ts"),
  locks: () => import("./commands/locks.ts"),
  md: () => import("./commands/md.ts"),
  read: () => import("./commands/read.ts"),
  recover: () => import("./commands/recover.ts"),
  remove: () => import("./commands/remove.ts"),
  rename: () => import("./commands/rename.ts"),
  restore: () => import("./commands/restore.ts"),
  write: () => import("./commands/write.ts"),
};
