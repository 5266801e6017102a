import assert from "node:assert/strict";
import { test } from "node:test";
import { audit, formats, reaches, render } from "../../src/index.ts";
import { project, tornModule } from "../project.ts";

const files = {
  "src/state.js": tornModule,
  "src/report.py": 'def report(text):\n    with open("report.md", "w") as f:\n        f.write(text)\n',
  "tools/run | this.sh":
    'echo "#!/bin/sh" > run.sh\ncp a`whoami`b b.txt # untorn-ignore non-atomic-write -- thrown away\n',
};

test("json holds version, summary and findings with exact places", async (context) => {
  const root = project(context, files);
  const report = JSON.parse(await render(await audit(root), "json", "1.2.3")) as Record<string, unknown>;
  assert.deepEqual(Object.keys(report), ["version", "summary", "findings"]);
  const { summary, findings } = report as {
    summary: Record<string, unknown>;
    findings: Record<string, unknown>[];
  };
  assert.deepEqual(summary["tiers"], { critical: 1, high: 1, medium: 1 });
  assert.equal(summary["findings"], 3);
  assert.equal(summary["suppressed"], 1);
  const first = findings.find((finding) => finding["file"] === "src/state.js");
  assert.equal(first?.["rule"], "non-atomic-write");
  assert.equal(first?.["tier"], "critical");
  assert.deepEqual([first?.["line"], first?.["column"], first?.["endLine"], first?.["endColumn"]], [3, 3, 3, 53]);
  assert.equal(first?.["snippet"], 'writeFileSync("state.json", JSON.stringify(state));');
  const ignored = findings.find((finding) => finding["suppressed"] !== undefined);
  assert.deepEqual(ignored?.["suppressed"], { by: "comment", reason: "thrown away" });
});

test("sarif declares every rule, keeps fingerprints when lines move, and marks what is suppressed", async (context) => {
  const before = sarif(await render(await audit(project(context, files)), "sarif", "1.2.3"));
  const moved = { ...files, "src/state.js": `// one more line\n${tornModule}` };
  const after = sarif(await render(await audit(project(context, moved)), "sarif", "1.2.3"));
  assert.equal(before.version, "2.1.0");
  const [run] = before.runs;
  assert.ok(run);
  assert.ok(run.tool.driver.rules.some((rule) => rule.id === "non-atomic-write"));
  for (const result of run.results) {
    assert.equal(run.tool.driver.rules[result.ruleIndex]?.id, result.ruleId);
    assert.ok(["error", "warning", "note"].includes(result.level));
    const [place] = result.locations;
    assert.ok(place && !/[ |\\]/.test(place.physicalLocation.artifactLocation.uri));
    assert.ok(place.physicalLocation.region.startLine >= 1);
  }
  const prints = (log: Sarif): string[] =>
    log.runs.flatMap((one) => one.results.map((result) => result.partialFingerprints["untornFinding/v1"] ?? "")).sort();
  assert.deepEqual(prints(before), prints(after));
  assert.equal(new Set(prints(before)).size, prints(before).length);
  assert.equal(run.results.filter((result) => result.suppressions?.[0]?.kind === "inSource").length, 1);
});

test("two equal lines in one file have two fingerprints", async (context) => {
  const twice = 'import fs from "fs";\nfs.writeFileSync(p, d);\nfs.writeFileSync(p, d);\n';
  const log = sarif(await render(await audit(project(context, { "a.js": twice })), "sarif", "1.2.3"));
  const results = log.runs[0]?.results ?? [];
  assert.equal(new Set(results.map((one) => one.partialFingerprints["untornFinding/v1"])).size, 2);
});

test("github escapes what would end a command, and ranks by tier", async (context) => {
  const text = await render(await audit(project(context, { ...files, "a,b%.js": tornModule })), "github", "1.2.3");
  assert.match(
    text,
    /^::error file=a%2Cb%25\.js,line=3,endLine=3,col=3,title=untorn%3A non-atomic-write \(critical\)::/m,
  );
  assert.match(text, /^::warning /m);
  assert.match(text, /^::notice file=src\/report\.py,line=2/m);
  assert.equal(text.split("\n").length, 5);
});

test("a file that was looked at only in part is named in every format", async (context) => {
  const result = await audit(project(context, { "half.js": 'require("fs").writeFileSync("a.json", {;\n' }));
  assert.equal(result.notices.length, 1);
  for (const format of formats)
    assert.match(await render(result, format, "1.2.3"), /half\.js[\s\S]*has a syntax error/);
});

test("agent is one line for a finding and one at the end", async (context) => {
  const lines = (await render(await audit(project(context, files)), "agent", "1.2.3")).trimEnd().split("\n");
  assert.equal(lines.length, 4);
  assert.match(lines[1] ?? "", /^src\/state\.js:3 critical non-atomic-write/);
  assert.match(lines.at(-1) ?? "", /^total 3 \(critical 1, high 1, medium 1\)/);
});

test("markdown has summary, table, risk and order of work, and cells that hold", async (context) => {
  const text = await render(await audit(project(context, files)), "markdown", "1.2.3");
  for (const heading of ["## Summary", "## Files", "## Risk", "## Recommended order of work", "## Findings"]) {
    assert.ok(text.includes(`\n${heading}\n`), heading);
  }
  const orderOfWork = text.slice(text.indexOf("## Recommended"), text.indexOf("## Findings"));
  assert.match(orderOfWork, /1\. `src\/state\.js`: 1 critical write/);
  assert.ok(text.includes("`tools/run \\| this.sh`"));
});

test("text groups by tier, counts per file and ends in what to do", async (context) => {
  const result = await audit(project(context, files));
  const text = await render(result, "text", "1.2.3");
  assert.ok(text.indexOf("CRITICAL") < text.indexOf("HIGH") && text.indexOf("HIGH") < text.indexOf("MEDIUM"));
  assert.match(text, /src\/state\.js \(1\)\n\s+3:3\s+non-atomic-write/);
  assert.match(text, /3 unsafe writes in 3 files: 1 critical, 1 high, 1 medium, 1 known or ignored\./);
  assert.equal(reaches(result, "critical"), true);
});

test("a terminal is not sent the control characters of code", async (context) => {
  const root = project(context, { "a.js": 'require("fs").writeFileSync("\u001b[31mred", data);\n' });
  assert.ok(!(await render(await audit(root), "text", "1.2.3")).includes("\u001b"));
});

test("a clean project says so in every format", async (context) => {
  const result = await audit(project(context, { "a.js": "console.log(1);\n" }));
  assert.equal(reaches(result, "medium"), false);
  for (const format of formats) assert.doesNotMatch(await render(result, format, "1.2.3"), /state\.json/);
  assert.equal(await render(result, "text", "1.2.3"), "1 file looked at: no unsafe writes.\n");
});

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      }[];
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly suppressions?: readonly { readonly kind: string }[];
    }[];
  }[];
}

function sarif(text: string): Sarif {
  return JSON.parse(text) as Sarif;
}
