import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Every file with its content, mode and, for a link, where it leads; sources and what holds the library left out. */
export function tree(root: string, leftOut: ReadonlySet<string>, below = ""): string[] {
  return readdirSync(join(root, below))
    .sort()
    .flatMap((name) => {
      const path = below + name;
      const full = join(root, path);
      const status = lstatSync(full);
      if (path === "node_modules" || path === ".untorn" || leftOut.has(path)) return [];
      if (status.isSymbolicLink()) return [`${path} -> ${readlinkSync(full)}`];
      if (status.isDirectory()) return [`${path}/`, ...tree(root, leftOut, `${path}/`)];
      const mode = (status.mode & 0o7777).toString(8);
      if (!status.isFile()) return [`${path} ${mode} is no file`];
      return [`${path} ${mode} ${readFileSync(full).toString("base64")}`];
    });
}
