export { undisturbed } from "./control.ts";
export type { Control } from "./control.ts";
export { closeUnused, knownSource, sourceFailed, toSource } from "./data.ts";
export type { Chunk, Data, Source } from "./data.ts";
export { makeDirectories, syncEntries, unsyncedFrom } from "./directories.ts";
export { encodeExactly } from "./encode.ts";
export type { EntryReceipt } from "./entries.ts";
export { createUnderLock, replace, whileRefused } from "./replace.ts";
export { etagOf, otherContent } from "./etag.ts";
export { Files } from "./files.ts";
export { finishInPlace } from "./finish-in-place.ts";
export type { FinishedInPlace } from "./finish-in-place.ts";
export { fold } from "./keys.ts";
export type { WantedMetadata } from "./metadata.ts";
export { onAbort } from "./on-abort.ts";
export { checkOptions, mostGenerations, optionNames } from "./options.ts";
export type { Durability, ReadOptions, RemoveOptions, RenameOptions, WriteOptions } from "./options.ts";
export { copyFrom } from "./overwrite.ts";
export { absolute, inDirectory, split } from "./paths.ts";
export { aborted, prepare, seal, writeAll } from "./pending-file.ts";
export type { PreparedFile } from "./pending-file.ts";
export {
  contentOf,
  decode,
  digestFile,
  digestIfAny,
  hasJust,
  holdWhole,
  readIfAny,
  readStrict,
  readWhole,
  refuseEmpty,
} from "./read-file.ts";
export type { FileContent, WholeFile } from "./read-file.ts";
export type { Receipt, SyncState } from "./receipt.ts";
export { reportedWrite } from "./reports.ts";
export type { PhaseTimes, WriteReport } from "./reports.ts";
export { makeFile, notAFile, openRegular, quietly, readPiece, syncFile, within } from "./steps.ts";
export type { OpenFile } from "./steps.ts";
export { resolveTarget } from "./target.ts";
export type { SymlinkPolicy, Target } from "./target.ts";
export { writeProtocol } from "./write-file.ts";
export type { WriteRequest } from "./write-file.ts";
export { isTempFor, parseTempName, shortDigest, tempName } from "./temp-name.ts";
export type { TempKind, TempName } from "./temp-name.ts";
