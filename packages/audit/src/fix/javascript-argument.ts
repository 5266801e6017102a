import type { Definitions } from "../analysis/definitions.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { javascript } from "../javascript/grammar.ts";

const { unwrap, lastName } = javascript;

const words = /^(process\.argv|Bun\.argv|Deno\.args)$/;
const parser =
  /["'](node:util|yargs|commander|minimist|cac|meow|mri|arg|sade|citty|clipanion|command-line-args|@commander-js\/extra-typings|@oclif\/core)["']/;
const parsed = /(^|\.)(argv|args|opts|options|values|flags|cli)(\(\))?$/i;
const output = /^(o|out|output|out_?(file|path)|output_?(file|path)|dest|destination)$/i;
/** What a list of words, or one of them, is asked for, and still is one. */
const passing = /^(slice|at|shift|pop|find|filter|trim|toString|opts|parse|parseSync|argv)$/;

/**
 * Whether a path is a word of the command line as it is: whoever runs the program may give `/dev/stdout` or `>(command)`,
 * which Node writes to and untorn refuses. A path that is made of one, below a folder or with an ending, is not meant.
 */
export function isArgument(definitions: () => Definitions, root: SyntaxNode, path: SyntaxNode): boolean {
  const hasParser = parser.test(root.text);
  const seek = (node: SyntaxNode | null | undefined, depth: number): boolean => {
    if (node == null || depth > 7) return false;
    const plain = unwrap(node);
    if (words.test(plain.text)) return true;
    switch (plain.kind) {
      case "ternary_expression":
        return seek(plain.field("consequence"), depth + 1) || seek(plain.field("alternative"), depth + 1);
      case "binary_expression":
        return (
          /^(\|\||\?\?|&&)$/.test(plain.field("operator")?.text ?? "") &&
          (seek(plain.field("left"), depth + 1) || seek(plain.field("right"), depth + 1))
        );
      case "subscript_expression":
        return seek(plain.field("object"), depth + 1);
      case "call_expression": {
        const callee = plain.field("function");
        if (callee === null) return false;
        // The last of what is resolved decides where it is absolute.
        if (lastName(callee) === "resolve") return seek(operands(plain.field("arguments") ?? plain).at(-1), depth + 1);
        return callee.kind === "member_expression" && passing.test(lastName(callee))
          ? seek(callee.field("object"), depth + 1)
          : false;
      }
      case "member_expression":
        if (isOption(lastName(plain), plain.field("object")?.text)) return true;
        return named(plain, depth);
      case "identifier":
        return named(plain, depth);
      default:
        return false;
    }
  };
  const isOption = (name: string, of: string | undefined): boolean =>
    hasParser && output.test(name) && parsed.test(of ?? "");
  const named = (name: SyntaxNode, depth: number): boolean => {
    const origin = definitions().origin(name.text, name);
    if (origin.kind === "unknown") return isTakenApart(root, name.text);
    if (origin.kind !== "values") return false;
    // `const { output } = options`
    return origin.values.some((value) => isOption(name.text, value.text) || seek(value, depth + 1));
  };
  return seek(path, 0);
}

const takenApart = new WeakMap<SyntaxNode, ReadonlySet<string>>();

/** `const [, , file] = process.argv` */
function isTakenApart(root: SyntaxNode, name: string): boolean {
  const known = takenApart.get(root);
  if (known !== undefined) return known.has(name);
  const patterns = root
    .findAll(["array_pattern"])
    .filter((one) => /^(process\.argv|Bun\.argv|Deno\.args)\b/.test(one.parent()?.field("value")?.text ?? ""));
  const found = new Set(patterns.flatMap((one) => operands(one).map((part) => part.text)));
  takenApart.set(root, found);
  return found.has(name);
}
