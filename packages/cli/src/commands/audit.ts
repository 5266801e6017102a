import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BaselineEntry, Format, Tier } from "@untorn/audit";
import { printable } from "untorn/errors";
import { oneOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, tell } from "../output.ts";
import { analysisRefused } from "../report.ts";

/** The parser behind it takes a while to load, so it is loaded when the command runs. */
type Audit = typeof import("@untorn/audit");

export const summary = "find the writes that can tear, ranked by what would be lost";

export const usage = `
usage: untorn audit [OPTIONS] [PATH]

Finds unsafe file writes in TypeScript, JavaScript, Python and Bash below PATH (the current folder if left out).
Nothing is changed. Honours .gitignore and untorn.config.

  --json                 the same as --format json
  --format FORMAT        text, json, sarif, markdown, github or agent (text)
  --rule RULE            only this rule; may be given again
  --fail-on TIER         exit 1 only for findings of this tier or worse: critical, high, medium (medium)
  --include-tests        look at tests too
  --since REF            only files that differ from this commit
  --baseline FILE        findings listed there are known
  --write-baseline FILE  list every finding there, and exit 0

Exit status: 0 clean or below the threshold, 1 findings, 2 wrong usage or failure.
`;

/** Status 1 means findings here, so a failure has the status of wrong usage. */
export function statusOf(): number {
  return exitStatus.usage;
}

interface Arguments {
  readonly path: string;
  readonly format: Format;
  readonly rules: readonly string[];
  readonly failOn: Tier;
  readonly includeTests: boolean;
  readonly since: string | undefined;
  readonly baseline: string | undefined;
  readonly writeBaseline: string | undefined;
}

const options = {
  format: { type: "string" },
  rule: { type: "string", multiple: true },
  "fail-on": { type: "string" },
  "include-tests": { type: "boolean" },
  since: { type: "string" },
  baseline: { type: "string" },
  "write-baseline": { type: "string" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["PATH"], least: 0 });
  const library = await import("@untorn/audit");
  const given: Arguments = {
    path: operands[0] ?? ".",
    format: oneOf("--format", values.format, library.formats) ?? (values.json === true ? "json" : "text"),
    rules: values.rule ?? [],
    failOn: oneOf("--fail-on", values["fail-on"], library.tiers) ?? "medium",
    includeTests: values["include-tests"] === true,
    since: values.since,
    baseline: values.baseline,
    writeBaseline: values["write-baseline"],
  };
  try {
    return await runAudit(library, given);
  } catch (error) {
    throw analysisRefused(error, given.path);
  }
}

async function runAudit(library: Audit, given: Arguments): Promise<number> {
  const progress = progressBar();
  const result = await library.audit(given.path, {
    rules: given.rules,
    includeTests: given.includeTests,
    ...(given.since === undefined ? {} : { since: given.since }),
    ...(given.baseline === undefined ? {} : { baseline: baselineAt(library, given.baseline) }),
    onProgress: (done, path, all) => progress.show(done, path, all),
  });
  progress.clear();
  if (given.writeBaseline !== undefined) {
    const { writeFile } = await import("untorn");
    await writeFile(given.writeBaseline, library.writeBaseline(result.findings), { mkdir: true });
    for (const { file, line, reason } of result.notices) tell(`${file}:${line}: ${reason}`);
    process.stderr.write(`${given.writeBaseline}: ${result.findings.length} findings are known now.\n`);
    return 0;
  }
  // Only one of the formats names the version, and reading it takes as long as a small file.
  await print(await library.render(result, given.format, given.format === "sarif" ? version() : ""));
  return library.reaches(result, given.failOn) ? 1 : 0;
}

function baselineAt(library: Audit, path: string): readonly BaselineEntry[] {
  try {
    return library.readBaseline(readFileSync(path).toString("utf8"));
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function version(): string {
  const require = createRequire(import.meta.url);
  return (require("@untorn/audit/package.json") as { version: string }).version;
}

/** One line on a terminal that shows how far a long run is; nothing where it is short or nobody watches. */
function progressBar(): { show(done: number, path: string, all: number): void; clear(): void } {
  const started = Date.now();
  let shown = 0;
  return {
    show(done, path, all) {
      const now = Date.now();
      if (now - started < 500 || now - shown < 80 || !process.stderr.isTTY) return;
      shown = now;
      const full = Math.round((done / all) * 24);
      const bar = "#".repeat(full).padEnd(24, ".");
      process.stderr.write(`\r\u001b[K[${bar}] ${done} of ${all}  ${printable(path.slice(-40))}`);
    },
    clear() {
      if (shown > 0) process.stderr.write("\r\u001b[K");
    },
  };
}
