import { dirname, join } from "node:path";
import { factsOf } from "./analysis/facts.ts";
import type { PythonFolder, Source } from "./analysis/source.ts";
import { LineTable } from "./analysis/source.ts";
import type { AuditConfig } from "./config.ts";
import type { Language, SyntaxNode } from "./engine/index.ts";
import { familyOf, parse, releaseTree } from "./engine/index.ts";
import type { Globs } from "./files/globs.ts";
import { readNeighbour } from "./files/neighbour.ts";
import { mayWrite } from "./files/prefilter.ts";
import { readPythonFolder } from "./files/python-folder.ts";
import { isLoadedByPath } from "./files/python-loaders.ts";
import { readSource } from "./files/read.ts";
import type { Finding } from "./finding.ts";
import { supportFor } from "./languages.ts";
import type { PlannedFix } from "./fix/change.ts";
import type { Report, Rule } from "./rules/index.ts";
import { rules as allRules } from "./rules/index.ts";
import type { Suppression } from "./suppressions.ts";
import { readSuppressions, suppressionFor } from "./suppressions.ts";

/** Something about a file that the reader should know: it was not read, or only in part, or a comment in it does nothing. */
export interface Notice {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** What every file of one run is looked at with. */
export interface Scan {
  readonly root: string;
  readonly rules: readonly Rule[];
  readonly config: AuditConfig;
  readonly globs: Globs;
}

/** What a run has found so far. */
export interface Found {
  readonly findings: Finding[];
  readonly notices: Notice[];
}

/** Is told of each parsed file with findings: their fixes, in the same order, but for those that are to be left alone or that another mends. */
export type OnFile = (root: string, source: Source, fixes: readonly (PlannedFix | null)[]) => void;

/** A file whose text names something that writes: worth a parse. */
export interface Candidate {
  readonly file: string;
  readonly language: Language;
  readonly text: string;
  readonly suppressions: readonly Suppression[];
}

/** Reads one file; null where its text alone shows that there is nothing to find. */
export function readCandidate(scan: Scan, file: string, language: Language, found: Found): Candidate | null {
  const read = readSource(`${scan.root}/${file}`);
  if ("reason" in read) {
    found.notices.push({ file, line: 1, reason: `${read.reason}; it was not looked at` });
    return null;
  }
  const { text } = read;
  const suppressions = readSuppressions(text);
  if (mayWrite(familyOf(language), text)) return { file, language, text, suppressions };
  checkSuppressions(scan, file, suppressions, found.notices);
  return null;
}

/** Adds what is found in one file, whose parser has been loaded. */
export function scanCandidate(scan: Scan, candidate: Candidate, found: Found, onFile: OnFile): void {
  const { file, language, text, suppressions } = candidate;
  try {
    const root = parse(language, text);
    const neighbour = (specifier: string): string | null => readNeighbour(scan.root, file, specifier);
    const folder = (): PythonFolder => readPythonFolder(scan, dirname(join(scan.root, file)));
    const loadedByPath = (): boolean => isLoadedByPath(scan, scan.root, file);
    const source = { path: file, language, family: familyOf(language), text, root, neighbour, folder, loadedByPath };
    scanSource(scan, source, suppressions, found, onFile);
    releaseTree(root);
  } catch (error) {
    const reason = `could not be analysed (${error instanceof Error ? error.message : String(error)})`;
    found.notices.push({ file, line: 1, reason });
  }
  checkSuppressions(scan, file, suppressions, found.notices);
}

function scanSource(
  scan: Scan,
  source: Source,
  suppressions: readonly Suppression[],
  found: Found,
  onFile: OnFile,
): void {
  const { path: file, text } = source;
  const lines = new LineTable(text);
  const problem = misreadAt(source);
  if (problem !== null) {
    const { line } = lines.position(problem.node.start);
    // What a grammar for another shell makes of the rest cannot be told.
    if (source.language === "zsh") {
      found.notices.push({ file, line, reason: "is zsh that the Bash grammar cannot read; it was not looked at" });
      // Its comments have had no chance to be of use.
      for (const suppression of suppressions) suppression.used = true;
      return;
    }
    found.notices.push({ file, line, reason: `${problem.reason} here; the rest was looked at` });
  }
  const facts = factsOf(source);
  // `fix` gives up what is not UTF-8, and could not be written back as it was.
  const mendable = !text.includes("\uFFFD");
  const fixes: { readonly start: number; readonly end: number; readonly fix: PlannedFix | null }[] = [];
  for (const rule of scan.rules) {
    if (!rule.families.includes(source.family)) continue;
    for (const report of rule.check(source, facts)) {
      if (report.owners.some((owner) => scan.config.safe.includes(owner))) continue;
      const made = toFinding(scan, rule, report, file, text, lines);
      const finding = mendable ? made : { ...made, fix: null };
      const by = suppressionFor(suppressions, rule.name, finding.line);
      if (by === null) fixes.push({ start: report.start, end: report.end, fix: report.fix });
      found.findings.push(by === null ? finding : { ...finding, suppressed: { by: "comment", reason: by.reason } });
    }
  }
  // What two rules say of one place is mended by the fix that one of them has.
  const plans = fixes.filter(
    ({ start, end, fix }) =>
      fix !== null || !fixes.some((other) => other.fix !== null && other.start === start && other.end === end),
  );
  if (plans.length > 0) {
    onFile(
      scan.root,
      source,
      plans.map(({ fix }) => fix),
    );
  }
}

/** The first place where the tree does not say what the text does. */
function misreadAt({ root, family }: Source): { readonly node: SyntaxNode; readonly reason: string } | null {
  const [error] = root.findAll(["ERROR"]);
  if (error !== undefined) return { node: error, reason: "has a syntax error" };
  const node = supportFor(family).misread?.(root) ?? null;
  return node === null ? null : { node, reason: "has a command that the parser reads too far" };
}

function checkSuppressions(scan: Scan, file: string, suppressions: readonly Suppression[], notices: Notice[]): void {
  for (const suppression of suppressions) {
    const problem = problemOf(scan, suppression);
    if (problem !== null) notices.push({ file, line: suppression.line, reason: `this untorn-ignore ${problem}` });
  }
}

/** What is wrong with a comment, or null. */
function problemOf(scan: Scan, { reason, rules, used }: Suppression): string | null {
  if (reason === "") return "has no reason (`-- why`) and does nothing";
  if (rules.length === 0) return "names no rule and does nothing";
  const unknown = rules.filter((name) => name !== "*" && !allRules.some((rule) => rule.name === name));
  if (unknown.length > 0) return `names what is not a rule: ${unknown.join(", ")}`;
  // A rule that was not run says nothing about the comments for it.
  const asked = rules.every((name) => name === "*" || scan.rules.some((rule) => rule.name === name));
  return used || !asked ? null : "has nothing to ignore";
}

function toFinding(scan: Scan, rule: Rule, report: Report, file: string, text: string, lines: LineTable): Finding {
  const start = lines.position(report.start);
  const end = lines.position(report.end);
  const lineStart = lines.startOf(start.line);
  const lineEnd = text.indexOf("\n", lineStart);
  return {
    rule: rule.name,
    tier: scan.globs.tier(file, report.target) ?? report.tier,
    file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    message: detached(report.message),
    snippet: detached(text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).trim()),
    fix: report.fix === null ? null : { safe: report.fix.safe, kind: report.fix.kind },
  };
}

/** A copy of its own: V8 keeps a part of a text as a view of the whole, so that one line would hold the file in memory. */
function detached(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
