import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { factsOf } from "./analysis/facts.ts";
import type { Source } from "./analysis/source.ts";
import { LineTable } from "./analysis/source.ts";
import type { BaselineEntry } from "./baseline.ts";
import { applyBaseline } from "./baseline.ts";
import type { AuditConfig } from "./config.ts";
import { loadConfig } from "./config.ts";
import type { Language, Parse } from "./engine/index.ts";
import { familyOf, languageByFirstLine, languageByName, loadParser } from "./engine/index.ts";
import { changedSince } from "./files/changed.ts";
import { isTestPath } from "./files/classes.ts";
import type { Globs } from "./files/globs.ts";
import { compileGlobs } from "./files/globs.ts";
import { mayWrite } from "./files/prefilter.ts";
import { readHead, readSource } from "./files/read.ts";
import { walk } from "./files/walk.ts";
import type { Finding } from "./finding.ts";
import type { Report, Rule } from "./rules/index.ts";
import { rules as allRules } from "./rules/index.ts";
import { readSuppressions, suppressionFor } from "./suppressions.ts";

export interface AuditOptions {
  /** Only these rules; all findings' rules, and no notes, if left out. */
  readonly rules?: readonly string[];
  /** Look at tests too. */
  readonly includeTests?: boolean;
  /** Only files that differ from this commit. */
  readonly since?: string;
  /** Findings that are known. */
  readonly baseline?: readonly BaselineEntry[];
  /** Called now and then with the number of files looked at. */
  readonly onProgress?: (done: number, path: string) => void;
}

/** Something about a file that the reader should know: it was not read, or only in part, or a comment in it does nothing. */
export interface Notice {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** What an audit of a folder found. */
export interface AuditResult {
  readonly root: string;
  /** Sorted by file, line and rule; suppressed ones are among them. */
  readonly findings: readonly Finding[];
  readonly notices: readonly Notice[];
  /** How many files were looked at. */
  readonly files: number;
}

/**
 * Finds the unsafe writes below a folder, or in one file. Nothing is written. Throws a plain `Error` where the path does
 * not exist, a rule is not known or the configuration cannot be read; a source file that cannot be read or parsed is a
 * notice and never fatal.
 */
export async function audit(path: string, options: AuditOptions = {}): Promise<AuditResult> {
  const run = await prepare(path, options);
  const findings: Finding[] = [];
  const notices: Notice[] = [];
  let files = 0;
  for (const file of run.paths) {
    const language = languageOf(run.root, file);
    if (language === null || !run.accepts(file)) continue;
    files += 1;
    options.onProgress?.(files, file);
    // Parsed trees live outside the JavaScript heap and are freed between turns of the event loop.
    if (auditFile(run, file, language, findings, notices) && files % 16 === 0) await nextTurn();
  }
  findings.sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.rule, b.rule));
  const known = options.baseline === undefined ? findings : applyBaseline(findings, options.baseline);
  return { root: run.root, findings: known, notices, files };
}

interface Run {
  readonly root: string;
  readonly paths: Iterable<string>;
  readonly rules: readonly Rule[];
  readonly config: AuditConfig;
  readonly globs: Globs;
  readonly parse: Parse;
  accepts(file: string): boolean;
}

async function prepare(path: string, options: AuditOptions): Promise<Run> {
  const absolute = resolve(path);
  const single = statSync(absolute).isFile();
  const root = single ? dirname(absolute) : absolute;
  const config = await loadConfig(root);
  const globs = await compileGlobs(config);
  const changed = options.since === undefined ? null : changedSince(root, options.since);
  return {
    root,
    paths: single ? [basename(absolute)] : walk(root),
    rules: chosenRules(options.rules, config),
    config,
    globs,
    parse: loadParser(),
    accepts(file) {
      if (changed !== null && !changed.has(file)) return false;
      if (globs.excluded(file)) return false;
      return single || options.includeTests === true || !(isTestPath(file) || globs.test(file));
    },
  };
}

function chosenRules(names: readonly string[] | undefined, config: AuditConfig): readonly Rule[] {
  for (const name of [...(names ?? []), ...Object.keys(config.rules)]) {
    if (!allRules.some((rule) => rule.name === name)) {
      throw new Error(`${name} is not a rule; there are ${allRules.map((rule) => rule.name).join(", ")}`);
    }
  }
  if (names !== undefined && names.length > 0) return allRules.filter((rule) => names.includes(rule.name));
  return allRules.filter((rule) => (config.rules[rule.name] ?? (rule.level === "note" ? "off" : "on")) === "on");
}

function languageOf(root: string, file: string): Language | null {
  const named = languageByName(file);
  if (named !== null) return named;
  return basename(file).includes(".") ? null : languageByFirstLine(readHead(join(root, file)));
}

/** Adds what is found in one file; says whether it was parsed. */
function auditFile(run: Run, file: string, language: Language, findings: Finding[], notices: Notice[]): boolean {
  const read = readSource(join(run.root, file));
  if ("reason" in read) {
    notices.push({ file, line: 1, reason: `${read.reason}; it was not looked at` });
    return false;
  }
  const { text } = read;
  const family = familyOf(language);
  const suppressions = readSuppressions(text);
  const looked = mayWrite(family, text);
  const lines = new LineTable(looked ? text : "");
  if (looked) {
    try {
      const source: Source = { path: file, language, family, text, root: run.parse(language, text) };
      const [error] = source.root.findAll(["ERROR"]);
      if (error !== undefined) {
        const { line } = lines.position(error.start);
        notices.push({ file, line, reason: "has a syntax error here; the rest was looked at" });
      }
      const facts = factsOf(source);
      for (const rule of run.rules) {
        if (!rule.families.includes(family)) continue;
        for (const report of rule.check(source, facts)) {
          const finding = toFinding(run, rule, report, file, text, lines);
          const by = finding === null ? null : suppressionFor(suppressions, rule.name, finding.line);
          if (finding !== null)
            findings.push(by === null ? finding : { ...finding, suppressed: { by: "comment", reason: by.reason } });
        }
      }
    } catch (error) {
      const reason = `could not be analysed (${error instanceof Error ? error.message : String(error)})`;
      notices.push({ file, line: 1, reason });
    }
  }
  for (const one of suppressions) {
    if (one.reason === "")
      notices.push({ file, line: one.line, reason: "this untorn-ignore has no reason (`-- why`) and does nothing" });
    else if (!one.used && one.rules.every((name) => name === "*" || run.rules.some((rule) => rule.name === name)))
      notices.push({ file, line: one.line, reason: "this untorn-ignore has nothing to ignore" });
  }
  return looked;
}

function toFinding(run: Run, rule: Rule, report: Report, file: string, text: string, lines: LineTable): Finding | null {
  if (report.owners.some((owner) => run.config.safe.includes(owner))) return null;
  const start = lines.position(report.start);
  const end = lines.position(report.end);
  const lineStart = lines.startOf(start.line);
  const lineEnd = text.indexOf("\n", lineStart);
  return {
    rule: rule.name,
    tier: run.globs.tier(file, report.target) ?? report.tier,
    file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    message: report.message,
    snippet: text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).trim(),
    fix: report.fix,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
