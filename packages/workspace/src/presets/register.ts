import { registerFormat } from "untorn";
import { problemOfFile } from "./check-file.ts";
import { fileAt } from "./layout.ts";
import type { Layout } from "./layout.ts";

/**
 * Makes `scan`, `recover` and `generations` know the files of these layouts: what does not fit its schema counts as
 * corrupt, beside what every JSON, JSON Lines or Markdown file must be. Files of the same name elsewhere are not touched by
 * it. Returns a function that takes it back.
 */
export function registerLayouts(layouts: readonly Layout[]): () => void {
  return registerFormat({
    name: "layout",
    match: /./,
    at: (path) => fileAt(layouts, path) !== undefined,
    validate(bytes, path) {
      const file = fileAt(layouts, path);
      return file === undefined ? undefined : problemOfFile(file, bytes, path);
    },
  });
}
