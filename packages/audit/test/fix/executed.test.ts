import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { applyFiles, planFixes, toChanges } from "../../src/fix/index.ts";
import { audit } from "../../src/index.ts";
import { tree } from "../tree.ts";
import { missing, packages, run, withLibrary } from "./sides.ts";

const programs = join(packages, "audit/fixtures/non-atomic-write/run");

// Each program is run as it is and as it is fixed, and must leave the same files, say the same and end the same.
for (const [name, ...command] of [
  ["modules.mjs", process.execPath, "modules.mjs"],
  ["common.cjs", process.execPath, "common.cjs"],
  ["script.py", "python3", "script.py"],
  ["package", "python3", "-m", "package.main"],
  ["package", "python3", "package/lonely.py"],
  ["script.sh", "bash", "script.sh"],
  ["posix.sh", "sh", "posix.sh"],
] as const) {
  const [program = "", ...words] = command;
  const skip = missing(program);
  test(`fixed and run: ${name} (${words.join(" ")})`, { skip, timeout: 60_000 }, async (context) => {
    const before = folder(context, name);
    const after = folder(context, name);
    const plan = await planFixes(after, { rules: ["non-atomic-write"] });
    assert.ok(plan.fixed > 0);
    assert.deepEqual([plan.unsafe, plan.left, plan.notices], [0, 0, []]);
    await applyFiles(after, toChanges(plan.files));
    const { findings } = await audit(after);
    assert.deepEqual(
      findings.filter((finding) => finding.suppressed === undefined),
      [],
    );
    const expected = run(before, program, words);
    const got = run(after, program, words);
    assert.equal(got.stdout, expected.stdout, got.stderr);
    assert.equal(got.status, expected.status, got.stderr);
    const sources = new Set(plan.files.map((file) => file.path));
    assert.deepEqual(tree(after, sources), tree(before, sources));
  });
}

function folder(context: TestContext, name: string): string {
  const root = mkdtempSync(join(tmpdir(), "untorn-fix-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(programs, name), join(root, name), { recursive: true });
  withLibrary(root);
  return root;
}
