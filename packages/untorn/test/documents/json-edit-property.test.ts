import assert from "node:assert/strict";
import { test } from "node:test";
import { isUntornError } from "../../src/platform/index.ts";
import { editJson, parseJson } from "../../src/json.ts";
import { property } from "./choices.ts";
import { checkOutside } from "./json-oracle.ts";
import { jsonText, mutate } from "./json-texts.ts";

for (const comments of [false, true]) {
  void test(`an edited text means what was asked, and what is outside the edit keeps its bytes${comments ? " (with comments)" : ""}`, () => {
    let ambiguous = 0;
    const cases = 60_000;
    property(`JSON edits, comments ${comments}`, cases, 160, (choices, note) => {
      const text = jsonText(choices, { comments });
      note({ text });
      const options = { comments };
      const value = parseJson(text, options);
      assert.equal(editJson(text, value, options), text, "no change, no edit");
      const asked = mutate(choices, value);
      note({ asked });
      let edited;
      try {
        edited = editJson(text, asked, options);
      } catch (error) {
        // 1e400 and its like may be asked for twice where it stood once in two spellings: a refusal, never a guess.
        assert.ok(isUntornError(error) && /look the same|Infinity/.test(error.message), String(error));
        ambiguous++;
        return;
      }
      note({ edited });
      assert.deepStrictEqual(parseJson(edited, options), asked);
      checkOutside(text, edited, comments);
    });
    assert.ok(ambiguous < cases / 20, `${ambiguous} refusals`);
  });
}
