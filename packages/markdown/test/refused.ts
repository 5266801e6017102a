import assert from "node:assert/strict";
import { isUntornError } from "untorn";

/** Checks that an edit is refused with a code, changes nothing, and says what it is expected to say. */
export function assertRefused(edit: () => unknown, code: string, says: RegExp): void {
  assert.throws(edit, (error) => {
    assert.ok(isUntornError(error), String(error));
    assert.equal(error.code, code);
    assert.equal(error.outcome, "unchanged");
    assert.match(error.message, says);
    return true;
  });
}
