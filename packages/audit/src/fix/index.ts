import { createHash } from "node:crypto";
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { FileChange } from "../apply.ts";
import type { AuditOptions } from "../audit.ts";
import { auditWith } from "../audit.ts";
import type { Source } from "../analysis/source.ts";
import { parse, releaseTree } from "../engine/index.ts";
import { readSource } from "../files/read.ts";
import type { Notice } from "../scan.ts";
import { withHelper } from "./bash-helper.ts";
import { exportsFunctions } from "./bash-script.ts";
import type { PlannedFix } from "./change.ts";
import { applyEdits, withoutOverlaps } from "./change.ts";
import { rewriteJavascript } from "./javascript-rewrite.ts";
import { helperMark, helperText } from "./python-helper.ts";
import type { HelperPlace } from "./python-place.ts";
import { helperPlace } from "./python-place.ts";
import { misplacedPython, rewritePython } from "./python-rewrite.ts";

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
    const helper = source.family === "python" ? helperOf(root, source) : null;
    if (helper !== null && "reason" in helper) {
      const reason = `needs the helper of \`untorn fix\` in ${helper.file}, which ${helper.reason}; its fixes were given up`;
      notices.push({ file: source.path, line: 1, reason });
      left += wanted.length;
      return;
    }
    const after = rewritten(source, chosen, helper?.place ?? null);
    if (after === null) {
      notices.push({ file: source.path, line: 1, reason: "its fixes do not fit together and were given up" });
      left += wanted.length;
      return;
    }
    if (helper !== null && helper.before !== helperText)
      files.set(helper.place.file, { path: helper.place.file, before: helper.before, after: helperText });
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

interface Helper {
  readonly place: HelperPlace;
  /** What is there now; null where it does not exist yet. */
  readonly before: string | null;
}

/** Where the functions come from that a Python file is to call, or why they cannot be put there. */
function helperOf(root: string, source: Source): Helper | { readonly file: string; readonly reason: string } {
  const place = helperPlace(source, (folder) => existsSync(join(root, folder, "__init__.py")));
  const path = join(root, place.file);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return { place, before: null };
  const present = readSource(path);
  if ("reason" in present) return { file: place.file, reason: present.reason };
  const own = present.text.includes(helperMark);
  return own ? { place, before: present.text } : { file: place.file, reason: "is a module of the project's own" };
}

/** The new text, or null where it could not be made or would not parse as well as the old one. */
function rewritten(source: Source, fixes: readonly PlannedFix[], place: HelperPlace | null): string | null {
  try {
    const after = rewrite(source, fixes, place);
    return errorsIn(source.language, after) > errorsIn(source.language, source.text) ? null : after;
  } catch {
    return null;
  }
}

function rewrite(source: Source, fixes: readonly PlannedFix[], place: HelperPlace | null): string {
  if (source.family === "javascript") return rewriteJavascript(source, fixes);
  if (place !== null) return rewritePython(source, fixes, place);
  return withHelper(
    applyEdits(
      source.text,
      fixes.flatMap((fix) => [...fix.edits]),
    ),
    exportsFunctions(source.text),
  );
}

function errorsIn(language: Source["language"], text: string): number {
  const root = parse(language, text);
  const errors = root.findAll(["ERROR"]).length + (language === "python" ? misplacedPython(root) : 0);
  releaseTree(root);
  return errors;
}
