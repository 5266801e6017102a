import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import type { AuditOptions, Format, Tier } from "@untorn/audit";
import { print, tell } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "Find the writes that can tear, ranked by what would be lost";

const formats = ["text", "json", "sarif", "markdown", "github", "agent"] as const satisfies readonly Format[];
const tiers = ["critical", "high", "medium"] as const satisfies readonly Tier[];

export const usage = `untorn audit [PATH] [options]

Finds unsafe file writes in TypeScript, JavaScript, Python and Bash below PATH (the current folder if left out).
Nothing is changed. Honours .gitignore and untorn.config.

  --format FORMAT        text, json, sarif, markdown, github or agent (text)
  --rule RULE            only this rule; may be given again
  --fail-on TIER         exit 1 only for findings of this tier or worse: critical, high, medium (medium)
  --include-tests        look at tests too
  --since REF            only files that differ from this commit
  --baseline FILE        findings listed there are known
  --write-baseline FILE  list every finding there, and exit 0
  --json                 the same as --format json

Exit status: 0 clean or below the threshold, 1 findings, 2 wrong usage or failure.
`;

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

export async function run(argv: string[]): Promise<number> {
  const given = readArguments(argv);
  try {
    return await runAudit(given);
  } catch (error) {
    // Exit status 1 says "findings": whatever keeps the audit from being made must not look like one.
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readArguments(argv: string[]): Arguments {
  const { values, positionals } = parsed(argv);
  if (positionals.length > 1) throw new UsageError("One path at a time.");
  return {
    path: positionals[0] ?? ".",
    format: values.json ? "json" : oneOf(values.format, formats, "--format"),
    rules: values.rule,
    failOn: oneOf(values["fail-on"], tiers, "--fail-on"),
    includeTests: values["include-tests"],
    since: values.since,
    baseline: values.baseline,
    writeBaseline: values["write-baseline"],
  };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the options give the type
function parsed(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        format: { type: "string", default: "text" },
        rule: { type: "string", multiple: true, default: [] },
        "fail-on": { type: "string", default: "medium" },
        "include-tests": { type: "boolean", default: false },
        since: { type: "string" },
        baseline: { type: "string" },
        "write-baseline": { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function oneOf<T extends string>(value: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${option} takes ${allowed.join(", ")}, not '${value}'.`);
  return found;
}

async function runAudit(given: Arguments): Promise<number> {
  const { audit, reaches, render, writeBaseline } = await import("@untorn/audit");
  const progress = progressBar();
  const options: AuditOptions = {
    rules: given.rules,
    includeTests: given.includeTests,
    ...(given.since === undefined ? {} : { since: given.since }),
    ...(given.baseline === undefined ? {} : { baseline: await baselineAt(given.baseline) }),
    onProgress: (done, path) => progress.show(done, path),
  };
  const result = await audit(given.path, options);
  progress.clear();
  if (given.writeBaseline !== undefined) {
    const { writeFile } = await import("untorn");
    await writeFile(given.writeBaseline, writeBaseline(result.findings), { mkdir: true });
    tell(`${given.writeBaseline}: ${result.findings.length} findings are known now.`);
    return 0;
  }
  await print(await render(result, given.format, version()));
  return reaches(result, given.failOn) ? 1 : 0;
}

async function baselineAt(path: string): Promise<NonNullable<AuditOptions["baseline"]>> {
  const { readBaseline } = await import("@untorn/audit");
  try {
    return readBaseline(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function version(): string {
  const require = createRequire(import.meta.url);
  return (require("@untorn/audit/package.json") as { version: string }).version;
}

/** One line on a terminal that shows how far a long run is; nothing where it is short or nobody watches. */
function progressBar(): { show(done: number, path: string): void; clear(): void } {
  const started = performance.now();
  let shown = 0;
  return {
    show(done, path) {
      const now = performance.now();
      if (!process.stderr.isTTY || now - started < 500 || now - shown < 80) return;
      shown = now;
      process.stderr.write(`\r\u001b[K${done} files  ${path.slice(-60)}`);
    },
    clear() {
      if (shown > 0) process.stderr.write("\r\u001b[K");
    },
  };
}
