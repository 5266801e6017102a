export { loadFrontmatter } from "./builtin.ts";
export type { Format, Match, Problem } from "./format.ts";
export { isPlainFrontmatter } from "./plain-frontmatter.ts";
export { describeContent, formatOf, isSoundAtOnce, problemIn, registerFormat } from "./registry.ts";
