export { deleteFrontmatter, editFrontmatter, getFrontmatter, parseFrontmatter, setFrontmatter } from "./edit.ts";
export type { Frontmatter, FrontmatterOptions } from "./edit.ts";
export type { KeyPath } from "./path.ts";
