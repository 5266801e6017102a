import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { project } from "../project.ts";

// dist/test/files -> the compiled package
const library = join(import.meta.dirname, "../../src/index.js");
const lines = 'export const entry = { name: "a name", list: [1, 2, 3], made: () => compute(1, "two") };\n'.repeat(220);
const program = `${lines}import { writeFileSync } from "node:fs";\nwriteFileSync("state.json", JSON.stringify(entry));\n`;

test("memory does not grow with the number of files", { timeout: 120_000 }, (context) => {
  const few = peak(context, 150);
  const many = peak(context, 900);
  assert.ok(many - few < 60, `${few} MiB for 150 files, ${many} MiB for 900`);
  assert.ok(many < 300, `${many} MiB for 900 files`);
});

/** The most memory that an audit of so many files of 20 KiB, each with a finding, has at once; MiB. */
function peak(context: TestContext, count: number): number {
  const files = Object.fromEntries(Array.from({ length: count }, (_, index) => [`src/file${index}.ts`, program]));
  const script = `import { audit } from ${JSON.stringify(library)};
const { findings } = await audit(${JSON.stringify(project(context, files))});
console.log(findings.length, process.resourceUsage().maxRSS);`;
  const words = ["--input-type=module", "-e", script];
  const [found, kilobytes] = execFileSync(process.execPath, words, { encoding: "utf8" }).trim().split(" ").map(Number);
  assert.equal(found, count);
  return Math.round((kilobytes ?? Number.NaN) / 1024);
}
