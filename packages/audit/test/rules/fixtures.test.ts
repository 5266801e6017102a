import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { audit } from "../../src/index.ts";

// dist/test/rules -> the package
const fixtures = join(import.meta.dirname, "../../../fixtures");

// A line that a rule must find ends in the comment `expect`; no other line may be found by it.
for (const rule of readdirSync(fixtures)) {
  const folder = join(fixtures, rule);
  for (const file of readdirSync(folder).filter((name) => /^(bad|ok|fixed)\./.test(name))) {
    test(`${rule}: ${file}`, async () => {
      const path = join(folder, file);
      const expected = readFileSync(path, "utf8")
        .split("\n")
        .flatMap((line, index) => (/(\/\/|#) expect$/.test(line) ? [index + 1] : []));
      const { findings, notices } = await audit(path, { rules: [rule] });
      assert.deepEqual(notices, []);
      assert.deepEqual([...new Set(findings.map((finding) => finding.line))], expected);
      assert.equal(
        file.startsWith("bad."),
        expected.length > 0,
        "a bad fixture has something to find, the others nothing",
      );
    });
  }
}
