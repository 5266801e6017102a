/** One step of a transaction's script. `where` says where in the script it is, for errors. */
export type Step = { readonly where: string } & (
  | { readonly op: "write"; readonly path: string; readonly text: string; readonly mode?: number }
  | { readonly op: "json"; readonly path: string; readonly filter: string }
  | { readonly op: "md"; readonly path: string; readonly words: readonly string[]; readonly text?: string }
  | { readonly op: "frontmatter"; readonly path: string; readonly key: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "rename"; readonly path: string; readonly to: string }
  | { readonly op: "mkdir"; readonly path: string }
);

export const operations = ["write", "json", "md", "frontmatter", "remove", "rename", "mkdir"] as const;
