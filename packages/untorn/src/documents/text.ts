import { UntornError } from "../platform/index.ts";

/** What every document function takes beside its input. */
export interface DocumentOptions {
  /** The file's name, for error messages only; nothing is opened. */
  readonly path?: string;
}

/** An error about an argument: nothing was touched. */
export function invalid(path: string, problem: string, next = ""): UntornError {
  return new UntornError({
    code: "UNTORN_INVALID_ARGUMENT",
    path,
    phase: "arguments",
    outcome: "unchanged",
    problem,
    next,
  });
}
