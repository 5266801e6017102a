import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { audit } from "../../src/index.ts";

// dist/test/rules -> the package
const programs = join(import.meta.dirname, "../../../fixtures/programs");

// Programs as people write them. A line that overwrites a file in place ends in the comment `expect TIER`; no other may be found.
for (const file of readdirSync(programs)) {
  test(`places and tiers: ${file}`, async () => {
    const path = join(programs, file);
    const expected = readFileSync(path, "utf8")
      .split("\n")
      .flatMap((line, index) => {
        const tier = /(?:\/\/|#) expect (critical|high|medium)$/.exec(line)?.[1];
        return tier === undefined ? [] : [`${index + 1} ${tier}`];
      });
    const { findings } = await audit(path, { rules: ["non-atomic-write"] });
    assert.ok(expected.length > 5);
    assert.deepEqual(
      findings.map(({ line, tier }) => `${line} ${tier}`),
      expected,
    );
  });
}
