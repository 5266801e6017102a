import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { explain, ruleList } from "../../src/index.ts";
import { rules } from "../../src/rules/index.ts";

const project = join(import.meta.dirname, "../../../../..");

test("every rule has its page, its fixtures, and says what to do; nothing else has", () => {
  const pages = readdirSync(join(project, "docs/rules")).map((name) => name.replace(/\.md$/, ""));
  assert.deepEqual(
    pages.sort(),
    ruleList()
      .map(({ name }) => name)
      .sort(),
  );
  for (const rule of rules) {
    const page = readFileSync(join(project, `docs/rules/${rule.name}.md`), "utf8");
    for (const part of [`# ${rule.name}\n`, rule.title, rule.risk, rule.remedy, "## Examples", "## Not reported"]) {
      assert.ok(page.includes(part), `docs/rules/${rule.name}.md lacks: ${part}`);
    }
    const text = explain(rule.name) ?? "";
    assert.ok(text.includes(rule.risk) && text.includes(rule.remedy));
    const extension = rule.families.includes("python") ? ["ts", "py", "sh"] : ["sh"];
    for (const ending of extension) {
      for (const kind of ["bad", "fixed"]) {
        const fixture = `packages/audit/fixtures/${rule.name}/${kind}.${ending}`;
        assert.ok(existsSync(join(project, fixture)), `${fixture} is missing`);
      }
    }
  }
});
