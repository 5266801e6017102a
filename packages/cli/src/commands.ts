import type { Command } from "./command.ts";

/** Every command, loaded when it is called. One line each, sorted by name. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  audit: () => import("./commands/audit.ts"),
  explain: () => import("./commands/explain.ts"),
  fix: () => import("./commands/fix.ts"),
  read: () => import("./commands/read.ts"),
  remove: () => import("./commands/remove.ts"),
  rename: () => import("./commands/rename.ts"),
  write: () => import("./commands/write.ts"),
};
