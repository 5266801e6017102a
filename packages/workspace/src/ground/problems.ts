import { isUntornError, UntornError } from "untorn";

/** What was asked for cannot be: an unknown code, a move that there is not. Nothing was touched. */
export function inputRefused(path: string, problem: string, next = ""): UntornError {
  return new UntornError({
    code: "UNTORN_INVALID_ARGUMENT",
    path,
    phase: "arguments",
    outcome: "unchanged",
    problem,
    next,
  });
}

/** A state file does not say what it must (G7). Nothing is saved over it. */
export function corruptState(path: string, problem: string, next: string, cause?: unknown): UntornError {
  const position = isUntornError(cause) ? cause.position : undefined;
  return new UntornError({
    code: "UNTORN_CORRUPT",
    path,
    phase: "read",
    outcome: "unchanged",
    problem,
    next,
    cause,
    ...(position === undefined ? {} : { position }),
  });
}

/** Whether an error is about one file, as it is, and not about the system, which may read it the next time. */
export function isOfTheFile(error: unknown): boolean {
  return (
    isUntornError(error) &&
    !["UNTORN_IO", "UNTORN_TOO_MANY_OPEN", "UNTORN_DISK_FULL", "UNTORN_SYSTEM"].includes(error.code)
  );
}

/** Something that the state names is not there. */
export function missingState(path: string, problem: string, next: string): UntornError {
  return new UntornError({ code: "UNTORN_NOT_FOUND", path, phase: "read", outcome: "unchanged", problem, next });
}

/** Something is where something new would be. */
export function standsInTheWay(path: string, problem: string, next: string): UntornError {
  return new UntornError({ code: "UNTORN_EXISTS", path, phase: "resolve", outcome: "unchanged", problem, next });
}
