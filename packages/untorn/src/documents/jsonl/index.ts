export { parseLines } from "./lines.ts";
export type { Line, LinePlace } from "./lines.ts";
export { LineReader } from "./line-reader.ts";
export { formatLine, judgeRecord, keepLast, repair, splitTail } from "./log.ts";
export type { KeepOptions, Kept, Repaired, Retention, Tail } from "./log.ts";
