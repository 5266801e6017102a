export { readSettled } from "./settled-read.ts";
export type { Parsed } from "./settled-read.ts";
export { bytesCodec, textCodec } from "./text-codec.ts";
export { updateProtocol } from "./update-file.ts";
export type { Codec, UpdateOptions } from "./update-file.ts";
export { documentsOn, updatesOn } from "./updates-on.ts";
export type { DocumentCalls, DocumentContent, Update, Updates, UpdateSync } from "./updates-on.ts";
export { validate } from "./validate.ts";
export type { StandardIssue, StandardResult, StandardSchema, Validator } from "./validate.ts";
