import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FileChange } from "../apply.ts";
import type { AuditOptions } from "../audit.ts";
import { auditWith } from "../audit.ts";
import type { Source } from "../analysis/source.ts";
import { parse, releaseTree } from "../engine/index.ts";
import { readSource } from "../files/read.ts";
import type { Notice } from "../scan.ts";
import { withHelper } from "./bash-helper.ts";
import type { PlannedFix } from "./change.ts";
import { applyEdits, withoutOverlaps } from "./change.ts";
import { rewriteJavascript } from "./javascript-rewrite.ts";
import { helperText } from "./python-helper.ts";
import { helperPlace, rewritePython } from "./python-rewrite.ts";

export { applyFiles } from "../apply.ts";
export type { FileChange } from "../apply.ts";
export { toDiff } from "./diff.ts";

export interface FixOptions extends AuditOptions {
  /** Make the fixes, too, that somebody may notice: below /etc, shell start-up files, logs that are followed. */
  readonly unsafe?: boolean;
}

/** A file as it was and as it would be; `before` is null for a file that does not exist yet. */
export interface FixedFile {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
}

/** What a fix did, or would do, to the files of a folder. */
export interface FixResult {
  readonly root: string;
  readonly files: readonly FixedFile[];
  /** How many findings the changes take away, and how many stay: unsafe ones, and those that need a person. */
  readonly fixed: number;
  readonly unsafe: number;
  readonly left: number;
  /** Files whose fix was given up, and everything else the reader should know. */
  readonly notices: readonly Notice[];
}

/** Works out what would be changed; nothing is written (see `applyFiles`). */
export async function planFixes(path: string, options: FixOptions = {}): Promise<FixResult> {
  const files = new Map<string, FixedFile>();
  const notices: Notice[] = [];
  let fixed = 0;
  let unsafe = 0;
  let left = 0;
  const result = await auditWith(path, options, (root, source, plans) => {
    const wanted = plans.filter((plan): plan is PlannedFix => plan !== null && (plan.safe || options.unsafe === true));
    unsafe += plans.filter((plan) => plan !== null && !plan.safe && options.unsafe !== true).length;
    left += plans.filter((plan) => plan === null).length;
    const chosen = withoutOverlaps(wanted);
    if (chosen.length === 0) return;
    if (source.text.includes("\uFFFD")) {
      notices.push({ file: source.path, line: 1, reason: "is not UTF-8; its fixes were given up" });
      left += wanted.length;
      return;
    }
    const after = rewritten(root, source, chosen, files);
    if (after === null) {
      notices.push({ file: source.path, line: 1, reason: "its fixes do not fit together and were given up" });
      left += wanted.length;
      return;
    }
    fixed += chosen.length;
    left += wanted.length - chosen.length;
    files.set(source.path, { path: source.path, before: source.text, after });
  });
  return {
    root: result.root,
    files: [...files.values()],
    fixed,
    unsafe,
    left,
    notices: [...notices, ...result.notices],
  };
}

/** The changes of a plan, for `applyFiles`. */
export function toChanges(files: readonly FixedFile[]): FileChange[] {
  return files.map(({ path, before, after }) => ({
    path,
    content: after,
    ifMatch: before === null ? null : createHash("sha256").update(before).digest("hex"),
  }));
}

/** The new text, or null where it could not be made or would not parse as well as the old one. */
function rewritten(
  root: string,
  source: Source,
  fixes: readonly PlannedFix[],
  files: Map<string, FixedFile>,
): string | null {
  try {
    const after = rewrite(root, source, fixes, files);
    return errorsIn(source.language, after) > errorsIn(source.language, source.text) ? null : after;
  } catch {
    return null;
  }
}

function rewrite(root: string, source: Source, fixes: readonly PlannedFix[], files: Map<string, FixedFile>): string {
  if (source.family === "javascript") return rewriteJavascript(source, fixes);
  if (source.family === "bash") {
    return withHelper(
      applyEdits(
        source.text,
        fixes.flatMap((fix) => [...fix.edits]),
      ),
    );
  }
  const place = helperPlace(source, (folder) => existsSync(join(root, folder, "__init__.py")));
  const present = readSource(join(root, place.file));
  if (!("text" in present)) files.set(place.file, { path: place.file, before: null, after: helperText });
  else if (present.text !== helperText)
    files.set(place.file, { path: place.file, before: present.text, after: helperText });
  return rewritePython(source, fixes, place);
}

function errorsIn(language: Source["language"], text: string): number {
  const root = parse(language, text);
  const { length } = root.findAll(["ERROR"]);
  releaseTree(root);
  return length;
}
