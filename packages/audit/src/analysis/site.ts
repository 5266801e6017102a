import type { SyntaxNode } from "../engine/index.ts";
import type { Grammar } from "./grammar.ts";

/** How a site puts content at its path. */
export type Operation = "write" | "open" | "stream" | "copy" | "redirect" | "command";

/**
 * What becomes of the file at a site's path:
 * - `torn`: truncated or copied over in place; a crash leaves a part;
 * - `append`: grows at its end;
 * - `exclusive`: created, never replaced (`wx`, `O_EXCL`);
 * - `temporary`: below the system's temp folder;
 * - `staged`: written beside the target and renamed or linked into place later;
 * - `atomic`: replaced whole by untorn, or by a helper that `untorn fix` added;
 * - `transient`: removed again by the same function;
 * - `empty`: only truncated, which cannot tear, or a lock file, whose content nobody needs;
 * - `device`: not a file (`/dev/*`, a descriptor);
 * - `directory`: a whole tree is copied.
 */
export type Fate =
  | "torn"
  | "append"
  | "exclusive"
  | "temporary"
  | "staged"
  | "atomic"
  | "transient"
  | "empty"
  | "device"
  | "directory";

/** What is known about a path expression after following its names back to where they were set. */
export interface PathValue {
  /** The path as far as it is known; what is not known stands as `<name>`. */
  readonly text: string;
  /** Below the system's temp folder. */
  readonly temporary: boolean;
  /** Proven to be in the system's temp folder, which may be on another file system than the target. */
  readonly elsewhere: boolean;
  /** One of several things it may be is no file: `out ?? "/dev/stdout"`. */
  readonly maybeDevice?: boolean;
  /** Every name met on the way, nearest first: they say what the file is for where the path does not. */
  readonly names: readonly string[];
}

/** One syntactic operation that opens, creates or replaces the content of a file. Writes on an open handle belong to its open. */
export interface WriteSite {
  /** The call, or the redirect. */
  readonly node: SyntaxNode;
  /** The API as the code names it: `fs.writeFileSync`, `open`, `>`. */
  readonly callee: string;
  /** What that stands for: `fs/promises.writeFile`, `shutil.copy`, `cp`. */
  readonly api: string;
  readonly operation: Operation;
  readonly fate: Fate;
  readonly path: SyntaxNode | null;
  readonly value: PathValue;
  /** What is written, where the site itself says so. */
  readonly data: SyntaxNode | null;
  /** What a plain name that is written was set to. */
  readonly dataFrom?: readonly SyntaxNode[];
  /** Where a copy comes from. */
  readonly source: PathValue | null;
  /** The functions and classes around the site, innermost first. */
  readonly owners: readonly string[];
  /** Permission bits named at the site, as they are written. */
  readonly mode: string | null;
}

/** A rename or link that puts one path in the place of another. */
export interface RenameSite {
  readonly node: SyntaxNode;
  readonly from: SyntaxNode | null;
  readonly to: SyntaxNode | null;
}

/** A call that reads a whole file. */
export interface ReadSite {
  readonly node: SyntaxNode;
  readonly path: SyntaxNode;
}

/** Everything one file does to other files. */
export interface FileFacts {
  readonly sites: readonly WriteSite[];
  readonly renames: readonly RenameSite[];
  readonly grammar: Grammar;
  /** Follows a path expression back to what is known of it. */
  readonly evaluate: (path: SyntaxNode) => PathValue;
  /** The ways a path expression is written, for comparing two of them. */
  readonly spellings: (path: SyntaxNode) => ReadonlySet<string>;
  /** Found when a rule first asks. */
  readonly reads: () => readonly ReadSite[];
}
