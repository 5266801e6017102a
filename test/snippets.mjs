// The snippets of the README and the documents, for the tests that run and compile them.
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

export function documents() {
  const found = ["README.md", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}/README.md`)];
  const docs = join(root, "docs");
  if (existsSync(docs)) {
    for (const entry of readdirSync(docs, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && entry.name.endsWith(".md")) {
        found.push(relative(root, join(entry.parentPath ?? entry.path, entry.name)));
      }
    }
  }
  return found.filter((path) => existsSync(join(root, path)));
}

/** The fenced snippets of a document, with the comments right before each. */
export function snippetsOf(text) {
  const found = [];
  const pattern = /((?:<!--[^]*?-->\s*)*)^(`{3,})(\w+)[^\n]*\n([^]*?)^\2\s*$/gm;
  for (const match of text.matchAll(pattern)) {
    const [, comments, , language, code] = match;
    if (!["js", "ts", "sh"].includes(language)) continue;
    const read = (key) => new RegExp(`<!--\\s*${key}(?::\\s*([^]*?))?\\s*-->`).exec(comments);
    found.push({
      language,
      code,
      line: text.slice(0, match.index + comments.length).split("\n").length,
      given: read("given")?.[1],
      exits: Number(read("exits")?.[1] ?? 0),
      continues: read("continues") !== null,
      notRun: read("not run")?.[1],
      notCompiled: read("not compiled")?.[1],
      // Without a reason it is run.
      isMarkedNotRun: Boolean(read("not run")?.[1]),
    });
  }
  return found;
}
