import type { Family, Language, SyntaxNode } from "../engine/index.ts";

/** Reads a module of the same project by a relative import; null where there is none. */
export type Neighbour = (specifier: string) => string | null;

/** What the Python files of one folder, without its subfolders, show of how they find each other. */
export interface PythonFolder {
  /** The names that could be imported where the folder is on Python's path. */
  readonly modules: ReadonlySet<string>;
  /** The first parts of all names that are imported. */
  readonly imported: ReadonlySet<string>;
  /** Something is imported relatively, which only works in a package. */
  readonly relative: boolean;
}

/** One parsed file. `path` is relative to the root of the audit, with `/`. */
export interface Source {
  readonly path: string;
  readonly language: Language;
  readonly family: Family;
  readonly text: string;
  readonly root: SyntaxNode;
  readonly neighbour?: Neighbour;
  /** The folder of a Python file; read when it is first asked for. */
  readonly folder?: () => PythonFolder;
  /** Whether another file loads this one by its path, and not as a module; all Python files are read when it is first asked. */
  readonly loadedByPath?: () => boolean;
}

/** A place in a text; lines and columns count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Answers "which line is this offset on" for one text. */
export class LineTable {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }

  /** The offset of a line's first character, or the end of the text's last line. */
  startOf(line: number): number {
    return this.#starts[line - 1] ?? Number.POSITIVE_INFINITY;
  }

  get count(): number {
    return this.#starts.length;
  }
}
