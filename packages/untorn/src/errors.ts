// The errors alone: a command that touches no file need not load the library to understand or print one.
export { isUntornError, printable, UntornError, withSentence } from "./platform/errors.ts";
export type { ErrorCode, Outcome, Phase, Position } from "./platform/errors.ts";
