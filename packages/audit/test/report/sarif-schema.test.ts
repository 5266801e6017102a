import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { audit, readBaseline, render, writeBaseline } from "../../src/index.ts";
import { project, tornModule } from "../project.ts";

// dist/test/report -> the package
const schemaFile = join(import.meta.dirname, "../../../test/sarif/sarif-schema-2.1.0.json");
const ajv = new Ajv({ allErrors: true, strict: false });
formats.default(ajv);
// The schema is written for draft 4 of JSON Schema, of which it uses nothing that draft 7 has changed but the name of `$id`.
const { $schema: _draft, id, ...schema } = JSON.parse(readFileSync(schemaFile, "utf8")) as Record<string, unknown>;
const validate = ajv.compile({ $id: String(id), ...schema });

/** Everything that a log can hold: findings of all tiers, suppressed ones of both kinds, notices, odd names. */
const files = {
  "src/state.js": tornModule,
  "src/a b%ü#?.py": 'def report(text):\n    with open("report.md", "w") as f:\n        f.write(text)\n',
  "run.sh": 'echo "#!/bin/sh" > run.sh\ncp a b.txt # untorn-ignore non-atomic-write -- thrown away\n',
  "broken.ts": 'import fs from "fs";\nfs.writeFileSync("a.json", {;\n',
  "known.js": 'require("fs").writeFileSync("known.json", "{}");\n',
};

test("sarif validates against the schema of SARIF 2.1.0", async (context) => {
  const root = project(context, files);
  const known = (await audit(root)).findings.filter((finding) => finding.file === "known.js");
  const result = await audit(root, { baseline: readBaseline(writeBaseline(known)) });
  const by = new Set(result.findings.map((finding) => finding.suppressed?.by));
  assert.deepEqual(by, new Set([undefined, "baseline", "comment"]));
  assert.ok(result.notices.length > 0);
  holds(JSON.parse(await render(result, "sarif", "1.2.3")));
});

test("sarif of a clean project validates, too", async (context) => {
  holds(JSON.parse(await render(await audit(project(context, { "a.js": "go();\n" })), "sarif", "1.2.3")));
});

test("sarif of every rule's example validates", async () => {
  const examples = await audit(join(import.meta.dirname, "../../../fixtures"), { includeTests: true });
  assert.ok(examples.findings.length > 50);
  holds(JSON.parse(await render(examples, "sarif", "1.2.3")));
});

test("the schema would notice", async (context: TestContext) => {
  const log = JSON.parse(await render(await audit(project(context, files)), "sarif", "1.2.3")) as {
    runs: { results: { level: string }[] }[];
  };
  const [first] = log.runs[0]?.results ?? [];
  assert.ok(first);
  first.level = "critical";
  assert.equal(validate(log), false);
});

function holds(log: unknown): void {
  validate(log);
  assert.deepEqual(validate.errors ?? [], []);
}
