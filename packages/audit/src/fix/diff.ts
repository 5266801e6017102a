import type { FixedFile } from "./index.ts";

/** The changes as a unified diff that `patch -p1` and `git apply` take. */
export async function toDiff(files: readonly FixedFile[]): Promise<string> {
  if (files.length === 0) return "";
  const { createTwoFilesPatch } = await import("diff");
  return files
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, before, after }) => {
      const old = before === null ? "/dev/null" : `a/${path}`;
      const patch = createTwoFilesPatch(old, `b/${path}`, before ?? "", after, undefined, undefined, { context: 3 });
      return patch.replace(/^=+\n/, "");
    })
    .join("");
}
