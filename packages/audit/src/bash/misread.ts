import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";

/** A line that ends in the bracket of a test, or in a redirect or comment behind it. */
const endsInTest = /[ \t]\][ \t]*(?:[>#][^\n]*)?\n/;

/**
 * A test that the grammar has read too far: it took `[ -f x ]` for a command whose output goes somewhere, and all lines up
 * to the end of another test for the name of that file. What the parser is given avoids it where a test ends a condition
 * (`readableBash`); elsewhere the reader is told.
 */
export function misreadTest(root: SyntaxNode): SyntaxNode | null {
  if (!endsInTest.test(root.text)) return null;
  return root.findAll(["test_command"]).find(isTooLong) ?? null;
}

function isTooLong(test: SyntaxNode): boolean {
  const [inside] = operands(test);
  if (inside?.kind !== "redirected_statement") return false;
  return inside.namedChildren().some((part) => operands(part).some((word) => word.text === "]"));
}
