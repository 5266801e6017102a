/// <reference types="node" preserve="true" />
export { checkPath, invalidArgument } from "./arguments.ts";
export {
  codeFor,
  errorCodes,
  isUntornError,
  printable,
  systemCodeOf,
  toUntornError,
  UntornError,
  withSentence,
} from "./errors.ts";
export type { ErrorCode, ErrorFacts, LockHolder, Outcome, Phase, Position } from "./errors.ts";
export type {
  AttributeOutcome,
  Clock,
  Entry,
  FileSystem,
  Handle,
  LaterFileSystem,
  OpenMode,
  Port,
  ProcessIdentity,
  Status,
  SyncOutcome,
  Traits,
  Verb,
} from "./file-system.ts";
export { nodePort } from "./node-port.ts";
export { mountOf } from "./mount.ts";
export type { Mount } from "./mount.ts";
export { probeFolder, probeNames, probePrefix } from "./probe.ts";
export type { Probe, ProbeName } from "./probe.ts";
export { realNodeFs } from "./real-node-fs.ts";
export { BOM, corrupt, decodeUtf8, positionAt, recordIn } from "./text.ts";
export { isForeign } from "./trust.ts";
