import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { BaselineEntry } from "./baseline.ts";
import { applyBaseline } from "./baseline.ts";
import type { AuditConfig } from "./config.ts";
import { loadConfig } from "./config.ts";
import type { Language } from "./engine/index.ts";
import { collectTrees, familyOf, languageByFirstLine, languageByName, loadParser } from "./engine/index.ts";
import { isTestPath } from "./files/classes.ts";
import { compileGlobs } from "./files/globs.ts";
import { readHead, unreadable } from "./files/read.ts";
import { walk } from "./files/walk.ts";
import type { Finding } from "./finding.ts";
import { loadFamily } from "./languages.ts";
import type { Rule } from "./rules/index.ts";
import { rules as allRules } from "./rules/index.ts";
import type { Found, Notice, OnFile, Scan } from "./scan.ts";
import { readCandidate, scanCandidate } from "./scan.ts";

export interface AuditOptions {
  /** Only these rules; all findings' rules, and no notes, if left out. */
  readonly rules?: readonly string[];
  /** Look at tests too. */
  readonly includeTests?: boolean;
  /** Only files that differ from this commit. */
  readonly since?: string;
  /** Findings that are known. */
  readonly baseline?: readonly BaselineEntry[];
  /** Called before each file with the number of it, its path, and how many there are. */
  readonly onProgress?: (done: number, path: string, all: number) => void;
}

/** How much source, in UTF-16 units, is parsed before its trees, thirty times as large, are freed by force. */
const collectAfter = 1_500_000;

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
  return auditWith(path, options, () => {});
}

/** As `audit`, for whoever works on the parsed files too. */
export async function auditWith(path: string, options: AuditOptions, onFile: OnFile): Promise<AuditResult> {
  const found: Found = { findings: [], notices: [] };
  const run = await prepare(path, options, found.notices);
  const { findings, notices } = found;
  let files = 0;
  let parsed = 0;
  let unfreed = 0;
  const paths = [...run.paths].filter((file) => run.accepts(file));
  for (const [index, file] of paths.entries()) {
    options.onProgress?.(index + 1, file, paths.length);
    const language = languageOf(run.root, file);
    if (language === null) continue;
    files += 1;
    const candidate = readCandidate(run, file, language, found);
    if (candidate === null) continue;
    // Most projects need one or two of the languages.
    await loadFamily(familyOf(language));
    await loadParser(language);
    scanCandidate(run, candidate, found, onFile);
    parsed += 1;
    // Parsed trees live outside the JavaScript heap and are freed between turns of the event loop.
    if (parsed % 16 === 0) await nextTurn();
    unfreed += candidate.text.length;
    if (unfreed > collectAfter) {
      await collectTrees();
      unfreed = 0;
    }
  }
  findings.sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.rule, b.rule));
  const known = options.baseline === undefined ? findings : applyBaseline(findings, options.baseline);
  return { root: run.root, findings: known, notices, files };
}

interface Run extends Scan {
  readonly paths: Iterable<string>;
  accepts(file: string): boolean;
}

async function prepare(path: string, options: AuditOptions, notices: Notice[]): Promise<Run> {
  const absolute = resolve(path);
  const single = statSync(absolute).isFile();
  const root = single ? dirname(absolute) : absolute;
  const loaded = await loadConfig(root);
  const { config } = loaded;
  const globs = await compileGlobs(loaded);
  const changed = options.since === undefined ? null : await changedFiles(root, options.since);
  const tests = single || options.includeTests === true;
  const wanted = {
    folder: (path: string) => tests || !isTestPath(path),
    file: (path: string, name: string) => mayBeSource(name) && (tests || !isTestPath(path)),
    unread: (file: string, error: unknown) => {
      const rest = file.endsWith(".gitignore") ? "; what it leaves out was looked at" : "; nothing in it was looked at";
      notices.push({ file, line: 1, reason: unreadable(error) + rest });
    },
  };
  return {
    root,
    paths: single ? [basename(absolute)] : walk(root, wanted),
    rules: chosenRules(options.rules, config),
    config,
    globs,
    accepts(file) {
      if (changed !== null && !changed.has(file)) return false;
      if (globs.excluded(file)) return false;
      return tests || !globs.test(file);
    },
  };
}

async function changedFiles(root: string, reference: string): Promise<Set<string>> {
  const { changedSince } = await import("./files/changed.ts");
  return changedSince(root, reference);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function chosenRules(names: readonly string[] | undefined, config: AuditConfig): readonly Rule[] {
  for (const name of [...(names ?? []), ...Object.keys(config.rules)]) {
    if (!allRules.some((rule) => rule.name === name)) {
      throw new Error(`${name} is not a rule; there are ${allRules.map((rule) => rule.name).join(", ")}.`);
    }
  }
  if (names !== undefined && names.length > 0) return allRules.filter((rule) => names.includes(rule.name));
  return allRules.filter((rule) => (config.rules[rule.name] ?? (rule.level === "note" ? "off" : "on")) === "on");
}

/** Whether a name has an extension of a language, or none: then the first line tells. */
function mayBeSource(name: string): boolean {
  return languageByName(name) !== null || !name.includes(".");
}

function languageOf(root: string, file: string): Language | null {
  const named = languageByName(file);
  if (named !== null) return named;
  return basename(file).includes(".") ? null : languageByFirstLine(readHead(join(root, file)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
