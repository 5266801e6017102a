import type { StandardSchema } from "untorn";

/** How a file of a layout is read. */
export type FileKind = "json" | "jsonl" | "yaml" | "frontmatter" | "markdown" | "text";

/** A file, or several of a kind, in a layout. */
export interface LayoutFile {
  /** Below the layout's folder; `*` stands for any part of one name. */
  readonly path: string;
  readonly kind: FileKind;
  /** What a value must be: of JSON and YAML the whole, of JSON Lines each record, of frontmatter its members. */
  readonly schema?: StandardSchema;
  /**
   * For frontmatter that its tool reads more leniently than YAML does (`assignee: [@ann]`, `description: for: what`): where it is not
   * YAML, its lines `key: text` are looked at, and a file that has none at all is a note of somebody's.
   */
  readonly lenient?: boolean;
  /** For JSON: an object that has a name twice is refused, as whoever reads the file does. */
  readonly uniqueNames?: boolean;
  /** Members that must be there; for a configuration in JSON, where no schema can be written. */
  readonly required?: readonly string[];
}

/** A folder that some tool keeps its state in. */
export interface Layout {
  readonly name: string;
  /** The folder's name: `.project`. */
  readonly folder: string;
  readonly files: readonly LayoutFile[];
}

/** The file of a layout that an absolute path is, if it is one. The folder may be anywhere above. */
export function fileAt(layouts: readonly Layout[], path: string): LayoutFile | undefined {
  const parts = path.split(/[/\\]/);
  for (const { folder, files } of layouts) {
    const inside = folder.split("/");
    for (let at = parts.length - inside.length; at >= 0; at -= 1) {
      if (!inside.every((part, index) => parts[at + index] === part)) continue;
      const rest = parts.slice(at + inside.length);
      const file = files.find((each) => fits(each.path.split("/"), rest));
      if (file !== undefined) return file;
    }
  }
  return undefined;
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  if (pattern.length !== parts.length) return false;
  return pattern.every((part, index) => nameFits(part, parts[index] ?? ""));
}

function nameFits(pattern: string, name: string): boolean {
  const [start = "", ...others] = pattern.split("*");
  const end = others.at(-1);
  if (end === undefined) return name === pattern;
  if (others.length > 1) return false;
  return name.length >= start.length + end.length && name.startsWith(start) && name.endsWith(end);
}
