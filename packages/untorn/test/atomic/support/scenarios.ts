import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseTempName } from "../../../src/atomic/index.ts";
import type { Files } from "../../../src/atomic/index.ts";

/** Files by path below a folder, with their content; temps left out. */
export type Tree = Readonly<Record<string, string>>;

export const oldText = "the old content\n".repeat(40);
export const newText = "NEW\n".repeat(300);
export const bigText = "new, and longer than one write\n".repeat(60_000);

/** One call of the library, with what is on disk before it and after it. */
export interface Scenario {
  readonly name: string;
  readonly before: Tree;
  readonly after: Tree;
  /** States in between that a crash or a failure with outcome `replaced` may leave. */
  readonly between?: readonly Tree[];
  /** Whether the target is a mount point, so that a rename answers EBUSY. */
  readonly busy?: boolean;
  readonly links?: Readonly<Record<string, string>>;
  run(files: Files, folder: string, sync: boolean): unknown;
}

function write(
  name: string,
  file: string,
  options: (files: Files, folder: string) => Parameters<Files["writeFile"]>[2],
  rest: Partial<Scenario> & { text?: string; data?: () => Iterable<string> } = {},
): Scenario {
  const { text = newText, data, ...more } = rest;
  const before = more.before ?? { [file]: oldText };
  return {
    name,
    before,
    after: { ...before, [file]: text },
    ...more,
    run(files, folder, sync) {
      const path = join(folder, file);
      const all = options(files, folder);
      const content = data?.() ?? text;
      return sync ? files.writeFileSync(path, content, all) : files.writeFile(path, content, all);
    },
  };
}

const etag = (files: Files, folder: string): string => files.readFileSync(join(folder, "state.json")).etag;

function* pieces(): Generator<string> {
  for (let start = 0; start < bigText.length; start += 100_000) yield bigText.slice(start, start + 100_000);
}

export const scenarios: readonly Scenario[] = [
  write("replace", "state.json", () => ({})),
  write("replace with durability off", "state.json", () => ({ durability: "off" })),
  write("create", "new.json", () => ({}), { before: { "state.json": oldText } }),
  write("create with ifAbsent", "new.json", () => ({ ifAbsent: true }), { before: { "state.json": oldText } }),
  write("create in new directories", "a/b/new.json", () => ({ mkdir: true }), { before: { "state.json": oldText } }),
  write("mode and owner", "state.json", () => ({ mode: 0o640, owner: { uid: own.uid, gid: own.gid } })),
  write("ifMatch", "state.json", (files, folder) => ({ ifMatch: etag(files, folder) })),
  write("skipUnchanged", "state.json", () => ({ skipUnchanged: true }), { text: oldText }),
  write("from an iterable", "state.json", () => ({}), { text: bigText, data: pieces }),
  write("long content", "state.json", () => ({}), { text: bigText }),
  write("through a link", "target.json", () => ({}), {
    before: { "target.json": oldText },
    links: { "state.json": "target.json" },
    run: (files, folder, sync) =>
      sync
        ? files.writeFileSync(join(folder, "state.json"), newText)
        : files.writeFile(join(folder, "state.json"), newText),
  }),
  write("in place", "state.json", () => ({ inPlace: "journaled" }), { busy: true }),
  write("in place, with less than before", "state.json", () => ({ inPlace: "journaled", mode: 0o600 }), {
    busy: true,
    text: "short",
  }),
  {
    name: "remove",
    before: { "state.json": oldText, other: "x" },
    after: { other: "x" },
    run: (files, folder, sync) =>
      sync ? files.removeFileSync(join(folder, "state.json")) : files.removeFile(join(folder, "state.json")),
  },
  {
    name: "rename",
    before: { "state.json": newText, target: oldText },
    after: { target: newText },
    run: (files, folder, sync) =>
      sync
        ? files.renameFileSync(join(folder, "state.json"), join(folder, "target"))
        : files.renameFile(join(folder, "state.json"), join(folder, "target")),
  },
  {
    name: "rename with ifAbsent into a new directory",
    before: { "state.json": newText },
    after: { "sub/target": newText },
    between: [{ "state.json": newText, "sub/target": newText }],
    run: (files, folder, sync) => {
      const options = { ifAbsent: true, mkdir: true };
      return sync
        ? files.renameFileSync(join(folder, "state.json"), join(folder, "sub/target"), options)
        : files.renameFile(join(folder, "state.json"), join(folder, "sub/target"), options);
    },
  },
];

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** Puts the files of a scenario into an empty folder. */
export function prepare(folder: string, scenario: Scenario): void {
  for (const [name, text] of Object.entries(scenario.before)) writeFileSync(join(folder, name), text);
  for (const [name, target] of Object.entries(scenario.links ?? {})) symlinkSync(target, join(folder, name));
}

/** What is below a folder: files that belong there, and the names of temps. */
export function look(folder: string): { readonly tree: Tree; readonly temps: readonly string[] } {
  const tree: Record<string, string> = {};
  const temps: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (parseTempName(entry.name) === undefined) tree[path.slice(folder.length + 1)] = readFileSync(path, "utf8");
    else temps.push(path);
  }
  return { tree, temps };
}
