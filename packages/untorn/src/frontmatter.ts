export * from "./documents/frontmatter/index.ts";
