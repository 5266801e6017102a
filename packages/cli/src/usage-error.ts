/** The command line is not understood; nothing was touched. Exit status 2. */
export class UsageError extends Error {
  readonly code = "UNTORN_USAGE";

  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }

  toJSON(): Record<string, unknown> {
    return { code: this.code, message: this.message };
  }
}
