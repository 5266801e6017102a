import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import type { BaselineEntry, Format, Tier } from "@untorn/audit";
import { applyFiles, audit, formats, reaches, readBaseline, render, tiers, writeBaseline } from "@untorn/audit";

export const summary = "Finds the writes that can tear, ranked by what would be lost";

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
  try {
    return await runAudit(readArguments(argv));
  } catch (error) {
    process.stderr.write(`untorn audit: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

function readArguments(argv: string[]): Arguments {
  const { values, positionals } = parseArgs({
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
    },
  });
  if (positionals.length > 1) throw new Error(`one path at a time, not ${positionals.length}`);
  return {
    path: positionals[0] ?? ".",
    format: oneOf(values.format, formats, "--format"),
    rules: values.rule,
    failOn: oneOf(values["fail-on"], tiers, "--fail-on"),
    includeTests: values["include-tests"],
    since: values.since,
    baseline: values.baseline,
    writeBaseline: values["write-baseline"],
  };
}

function oneOf<T extends string>(value: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Error(`${option} must be one of ${allowed.join(", ")}, not ${value}`);
  return found;
}

async function runAudit(given: Arguments): Promise<number> {
  const progress = progressBar();
  const result = await audit(given.path, {
    rules: given.rules,
    includeTests: given.includeTests,
    ...(given.since === undefined ? {} : { since: given.since }),
    ...(given.baseline === undefined ? {} : { baseline: baselineAt(given.baseline) }),
    onProgress: (done, path) => progress.show(done, path),
  });
  progress.clear();
  if (given.writeBaseline !== undefined) {
    await applyFiles([{ path: given.writeBaseline, content: writeBaseline(result.findings) }]);
    process.stderr.write(`${given.writeBaseline}: ${result.findings.length} findings are known now.\n`);
    return 0;
  }
  await print(await render(result, given.format, version()));
  return reaches(result, given.failOn) ? 1 : 0;
}

/** Waits until a pipe has taken everything: leaving earlier would cut the report short. */
async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

function baselineAt(path: string): readonly BaselineEntry[] {
  try {
    return readBaseline(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
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
