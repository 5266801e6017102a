/** What every file in `commands/` exports. A heavy dependency is imported inside `run`: help loads every command. */
export interface Command {
  /** A few words for the list of commands, without a full stop. */
  readonly summary: string;
  /** What `untorn NAME --help` prints. */
  readonly usage: string;
  /** Does the work; `argv` is what follows the command's name. Returns the exit status. */
  run(argv: string[]): Promise<number>;
  /** The exit status for an error, where a command has statuses of its own. */
  readonly statusOf?: (error: unknown) => number;
}

/** Exit statuses, the same for every command and part of its interface. */
export const exitStatus = {
  done: 0,
  /** Refused or failed, and what was there is unchanged. */
  refused: 1,
  usage: 2,
  /** Failed at or after the replace: the new content is in place, or it could not be found out. */
  uncertain: 3,
} as const;
