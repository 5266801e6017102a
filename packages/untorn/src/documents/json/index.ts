export { editJson, formatJson, openJson, parseJson } from "./edit.ts";
export type { EditOptions, FormatOptions, JsonDocument } from "./edit.ts";
export type { JsonOptions } from "./parse.ts";
