import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { audit, readBaseline, writeBaseline } from "../../src/index.ts";
import { readSuppressions } from "../../src/suppressions.ts";
import { project, tornModule } from "../project.ts";

test("a baseline knows moved lines, and not a second one of the same", async (context) => {
  const root = project(context, { "a.js": tornModule });
  const baseline = readBaseline(writeBaseline((await audit(root)).findings));
  writeFileSync(join(root, "a.js"), `// moved\n\n${tornModule.replace("  write", "      write")}`);
  assert.deepEqual(
    (await audit(root, { baseline })).findings.map((finding) => finding.suppressed?.by),
    ["baseline"],
  );
  writeFileSync(join(root, "a.js"), tornModule + tornModule.split("\n").slice(1).join("\n").replace("save", "again"));
  assert.deepEqual(
    (await audit(root, { baseline })).findings.map((finding) => finding.suppressed?.by),
    ["baseline", undefined],
  );
  assert.throws(() => readBaseline("{}"), /not a baseline/);
});

test("comments ignore a line, the next line or the file, with a reason, and unused ones are named", async (context) => {
  const write = 'fs.writeFileSync("a.json", x);';
  const root = project(context, {
    "line.js": `import fs from "fs";\n${write} // untorn-ignore non-atomic-write -- scratch file\n${write}\n`,
    "next.js": `import fs from "fs";\n/* untorn-ignore-next-line * -- scratch file */\n${write}\n`,
    "file.sh":
      "# untorn-ignore-file non-atomic-write, lock-by-existence -- made anew at every start\necho a > b.json\n",
    "reason.js": `import fs from "fs";\n${write} // untorn-ignore non-atomic-write\n`,
    "unused.py": "x = 1  # untorn-ignore non-atomic-write -- nothing here\n",
  });
  const { findings, notices } = await audit(root);
  const open = findings
    .filter((finding) => finding.suppressed === undefined)
    .map(({ file, line }) => `${file}:${line}`);
  assert.deepEqual(open, ["line.js:3", "reason.js:2"]);
  assert.deepEqual(
    findings.filter((finding) => finding.suppressed !== undefined).map((finding) => finding.suppressed?.reason),
    ["made anew at every start", "scratch file", "scratch file"],
  );
  assert.deepEqual(
    notices.map(({ file, line }) => `${file}:${line}`),
    ["reason.js:2", "unused.py:1"],
  );
});

test("a comment that cannot mean what it says is named, and does nothing", async (context) => {
  const root = project(context, {
    "a.sh": [
      "echo a > a.json # untorn-ignore non-atomic-writes -- misspelt",
      "echo a > b.json # untorn-ignore non-atomic-write because I say so",
      "echo a > c.json # untorn-ignore -- why",
      "echo a > d.json # untorn-ignore",
      "echo a > e.json # untorn-ignore no-such-rule, non-atomic-write -- one of two",
      "echo a > f.json # untorn-ignored, `untorn-ignore` and not-untorn-ignore say nothing",
      "",
    ].join("\n"),
    "b.ts": 'import fs from "fs";\nfs.writeFileSync("a", b); /* untorn-ignore non-atomic-write -- why */ done();\n',
  });
  const { findings, notices } = await audit(root);
  assert.deepEqual(
    findings.filter((finding) => finding.suppressed !== undefined).map(({ file, line }) => `${file}:${line}`),
    ["a.sh:5", "b.ts:2"],
  );
  assert.deepEqual(
    notices.map(({ line, reason }) => `${line} ${reason.replace("this untorn-ignore ", "")}`),
    [
      "1 names what is not a rule: non-atomic-writes",
      "2 has no reason (`-- why`) and does nothing",
      "3 names no rule and does nothing",
      "4 has no reason (`-- why`) and does nothing",
      "5 names what is not a rule: no-such-rule",
    ],
  );
});

test("a comment with a great many blanks, and a great many comments on a line, take no time", () => {
  const blanks = " ".repeat(200_000);
  const tail = `x${blanks}x${blanks}`;
  const started = process.cpuUsage();
  const all = [
    `// untorn-ignore${blanks}non-atomic-write${blanks}-- ${tail}`,
    `// untorn-ignore a${blanks},${tail}`,
    "/* untorn-ignore".repeat(20_000),
    "untorn-ignore ".repeat(20_000),
  ].flatMap((line) => readSuppressions(line));
  const { user } = process.cpuUsage(started);
  assert.deepEqual(
    all.map(({ reason, rules }) => `${rules[0]?.slice(0, 16)} ${reason.length}`),
    ["non-atomic-write 200002", "a 0", "/* untorn-ignore 0"],
  );
  assert.ok(user < 2_000_000, `${user} microseconds`);
});

test("configuration: globs, tiers, safe helpers, rules; and mistakes are named", async (context) => {
  const config = {
    audit: {
      exclude: ["vendor/**"],
      tests: ["**/*.check.js"],
      safe: ["writeSafely"],
      tiers: [
        { target: "state.json", files: "low/**", tier: "medium" },
        { target: "*.txt", tier: "critical" },
      ],
    },
  };
  const root = project(context, {
    "untorn.config.json": JSON.stringify(config),
    "vendor/a.js": tornModule,
    "b.check.js": tornModule,
    "c.js": 'import fs from "fs";\nfunction writeSafely(p) {\n  fs.writeFileSync(p, "x");\n}\n',
    "low/d.js": tornModule,
    "e.sh": "echo a > out/words.txt\n",
  });
  assert.deepEqual(
    (await audit(root)).findings.map(({ file, tier }) => `${file} ${tier}`),
    ["e.sh critical", "low/d.js medium"],
  );
  const off = { $schema: "./schema.json", audit: { rules: { "non-atomic-write": "off" } } };
  writeFileSync(join(root, "untorn.config.json"), JSON.stringify(off));
  assert.deepEqual((await audit(root)).findings, []);
  for (const [wrong, message] of [
    [{ audit: { exlude: [] } }, /audit\.exlude is not a setting/],
    [{ audit: { tiers: [{ tier: "low", files: "*" }] } }, /tiers\[0\]\.tier must be one of critical, high, medium/],
    [{ audit: { rules: { "no-such-rule": "on" } } }, /no-such-rule is not a rule/],
    [[], /must be an object/],
    [{ Audit: {} }, /"Audit" is no setting; there are audit and layouts/],
  ] as const) {
    writeFileSync(join(root, "untorn.config.json"), JSON.stringify(wrong));
    await assert.rejects(audit(root), message);
  }
});

test("a configuration above counts within a repository, with globs from where it lies", async (context) => {
  const config = { audit: { exclude: ["src/vendor/**"], tiers: [{ files: "src/low/**", tier: "medium" }] } };
  const root = project(context, {
    "untorn.config.json": `\uFEFF${JSON.stringify(config)}`,
    "src/vendor/a.js": tornModule,
    "src/low/b.js": tornModule,
    "src/c.js": tornModule,
  });
  const seen = async (path: string): Promise<string[]> =>
    (await audit(join(root, path))).findings.map(({ file, tier }) => `${file} ${tier}`);
  assert.deepEqual(await seen("src"), ["c.js critical", "low/b.js critical", "vendor/a.js critical"], "no repository");
  mkdirSync(join(root, ".git"));
  assert.deepEqual(await seen("src"), ["c.js critical", "low/b.js medium"]);
  assert.deepEqual(await seen("src/low"), ["b.js medium"]);
  assert.deepEqual(await seen("."), ["src/c.js critical", "src/low/b.js medium"]);
});

test("a configuration in TypeScript that has no types in it is read by every Node", async (context) => {
  const text = 'export default { audit: { rules: { "non-atomic-write": "off" } } };\n';
  const root = project(context, { "untorn.config.ts": text, "a.js": tornModule });
  assert.deepEqual((await audit(root)).findings, []);
});
