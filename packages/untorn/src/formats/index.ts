export { loadFrontmatter } from "./builtin.ts";
export type { Format, Match, Problem } from "./format.ts";
export { describeContent, formatOf, problemIn, registerFormat } from "./registry.ts";
