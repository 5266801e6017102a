import type { Definitions } from "../analysis/definitions.ts";
import {
  calledPath,
  isSpelling,
  joined,
  literalPath,
  namedPath,
  oneOf,
  under,
  unknownPath,
} from "../analysis/path-value.ts";
import type { PathValue } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { argumentsOf, python, stringValue } from "./grammar.ts";

const maximumDepth = 7;
const joining = /^(join|joinpath|Path|PurePath|PosixPath|realpath|abspath|normpath|expanduser|expandvars|str|fspath)$/;
const passing =
  /^(resolve|absolute|expanduser|with_suffix|with_name|with_stem|as_posix|format|strip|rstrip|lower|replace|__str__)$/;
const temporaryCalls =
  /^(tempfile\.)?(mkdtemp|mkstemp|mktemp|gettempdir|gettempdirb|TemporaryDirectory|TemporaryFile|NamedTemporaryFile|SpooledTemporaryFile)$/;
/** `os.environ["TMPDIR"]`, `os.getenv("TMP")` */
const temporaryVariable = /^(os\.)?(environ(\.get)?|getenv)[[(]\s*["'](TMPDIR|TEMP|TMP|RUNNER_TEMP)["']/;
const systemTemporary: PathValue = { text: "<TMPDIR>", temporary: true, elsewhere: true, names: [] };
/** Fixtures of pytest. */
const temporaryFixture = /^(tmp_path|tmpdir|tmp_path_factory|tmpdir_factory)$/;

/** `None` and the empty text are no paths. */
function isSomething(node: SyntaxNode): boolean {
  return node.text !== "None" && stringValue(node) !== "";
}

/** Follows path expressions of one Python file back through names, calls and parameters. */
export class PythonPaths {
  readonly #root: SyntaxNode;
  readonly #definitions: Definitions;
  #functions: Map<string, SyntaxNode[]> | undefined;

  constructor(root: SyntaxNode, definitions: Definitions) {
    this.#root = root;
    this.#definitions = definitions;
  }

  evaluate(node: SyntaxNode, depth = 0): PathValue {
    if (depth > maximumDepth) return unknownPath;
    const plain = python.unwrap(node);
    const literal = stringValue(plain);
    if (literal !== null) return literalPath(literal);
    switch (plain.kind) {
      case "string":
        return this.#interpolated(plain, depth);
      case "concatenated_string":
        return joined(
          operands(plain).map((part) => this.evaluate(part, depth + 1)),
          "",
        );
      case "binary_operator":
        return this.#binary(plain, depth);
      case "boolean_operator":
        return this.#boolean(plain, depth);
      case "conditional_expression": {
        const parts = operands(plain);
        return this.#either([parts[0], parts[2]], depth);
      }
      case "identifier":
        return this.#name(plain.text, plain, depth);
      case "attribute":
        return this.#attribute(plain, depth);
      case "subscript": {
        if (temporaryVariable.test(plain.text)) return systemTemporary;
        const value = plain.field("value");
        const inner = value === null ? unknownPath : this.evaluate(value, depth + 1);
        return inner.temporary ? inner : namedPath(plain.text);
      }
      case "call":
        return this.#call(plain, depth);
      default:
        return plain.text.length < 80 ? namedPath(plain.text) : unknownPath;
    }
  }

  #each(nodes: readonly (SyntaxNode | null | undefined)[], depth: number): PathValue[] {
    return nodes.filter((one) => one != null).map((one) => this.evaluate(one, depth + 1));
  }

  #boolean(node: SyntaxNode, depth: number): PathValue {
    const sides = operands(node);
    // Where only the environment can name another place, its default says what sort of file this is.
    if (/^(os\.)?(environ|getenv)\b/.test(sides[0]?.text ?? "")) return oneOf(this.#each(sides, depth), false);
    return this.#either(sides.slice(node.field("operator")?.text === "and" ? 1 : 0), depth);
  }

  /** One of several; which one is not known. `None` is no path. */
  #either(
    nodes: readonly (SyntaxNode | null | undefined)[],
    depth: number,
    incoming: readonly PathValue[] = [],
  ): PathValue {
    const given = nodes.filter((one) => one != null).filter(isSomething);
    return oneOf([...this.#each(given, depth), ...incoming], true);
  }

  #interpolated(node: SyntaxNode, depth: number): PathValue {
    const parts = operands(node).filter((part) => part.kind === "interpolation" || part.kind === "string_content");
    const values = parts.map((part) => {
      const inner = part.kind === "interpolation" ? (part.field("expression") ?? operands(part)[0]) : undefined;
      return inner === undefined ? literalPath(part.text) : this.evaluate(inner, depth + 1);
    });
    return joined(values, "");
  }

  #binary(node: SyntaxNode, depth: number): PathValue {
    const values = this.#each([node.field("left"), node.field("right")], depth);
    const operator = node.field("operator")?.text;
    if (operator === "%") return values[0] ?? unknownPath;
    return joined(values, operator === "/" ? "/" : "");
  }

  #name(name: string, use: SyntaxNode, depth: number): PathValue {
    const named = namedPath(name);
    const origin = this.#definitions.origin(name, use);
    if (named.temporary || (temporaryFixture.test(name) && origin.kind !== "values"))
      return { ...named, temporary: true };
    if (origin.kind === "values") {
      const values = origin.values.filter(isSomething);
      if (values.length === 0) return named;
      const incoming = origin.incoming === null ? [] : [this.#passed(origin.incoming.fallback, named, depth)];
      return under(name, this.#either(values, depth, incoming));
    }
    return origin.kind === "parameter" ? this.#passed(origin.fallback, named, depth) : named;
  }

  #passed(fallback: SyntaxNode | null, named: PathValue, depth: number): PathValue {
    if (fallback === null || fallback.text === "None") return named;
    return under(named.names[0] ?? "", this.evaluate(fallback, depth + 1));
  }

  #attribute(node: SyntaxNode, depth: number): PathValue {
    const text = node.text;
    const named = namedPath(text);
    const object = node.field("object");
    if (named.temporary || object === null) return named;
    if (this.#definitions.defines(text)) {
      const origin = this.#definitions.origin(text, node);
      const values = origin.kind === "values" ? origin.values.filter((value) => value.text !== "None") : [];
      if (values.length > 0) return under(text, this.#either(values, depth));
    }
    const property = node.field("attribute")?.text ?? "";
    if (object.kind === "identifier" || property === "parent" || property === "name") {
      const held = this.evaluate(object, depth + 1);
      if (held.temporary) return { ...named, temporary: true };
      if (property === "parent") return joined([held, literalPath("..")], "/");
    }
    return this.#property(property, named, depth);
  }

  /** `self.path` where a property of this file's classes returns it. */
  #property(property: string, named: PathValue, depth: number): PathValue {
    const values = this.#returned(property);
    return values.length === 0 ? named : under(named.names[0] ?? property, this.#either(values, depth));
  }

  #call(node: SyntaxNode, depth: number): PathValue {
    const callee = node.field("function");
    if (callee === null) return unknownPath;
    const name = python.lastName(callee);
    const given = argumentsOf(node).positional;
    if (temporaryCalls.test(callee.text) || temporaryCalls.test(name)) return this.#temporary(node, depth);
    const object = callee.kind === "attribute" ? callee.field("object") : null;
    if (name === "joinpath" && object !== null) return joined(this.#each([object, ...given], depth), "/");
    if (name === "join" && object?.kind === "string") return this.#each(given, depth)[0] ?? unknownPath;
    if (joining.test(name) && (object === null || !passing.test(name) || given.length > 0)) {
      return joined(this.#each(given, depth), "/");
    }
    if (name === "dirname" || name === "basename") return this.#each(given, depth)[0] ?? unknownPath;
    if (passing.test(name) && object !== null) {
      const suffix = name.startsWith("with_") ? this.#each(given, depth)[0] : undefined;
      const base = this.evaluate(object, depth + 1);
      return suffix === undefined ? base : joined([base, suffix], name === "with_name" ? "/" : "");
    }
    if ((name === "get" || name === "getenv") && given.length > 1) {
      return temporaryVariable.test(node.text) ? systemTemporary : this.#either([given[1]], depth);
    }
    if (temporaryVariable.test(node.text)) return systemTemporary;
    const called = calledPath(callee.text);
    if (called.temporary) return called;
    const returned = this.#returned(name);
    const [wrapped, more] = given;
    if (returned.length === 0 && wrapped !== undefined && more === undefined && isSpelling(name))
      return this.evaluate(wrapped, depth + 1);
    return returned.length === 0 ? called : under(callee.text, this.#either(returned, depth));
  }

  /** A temp made beside its target (`dir=`) is a temp file too: it is never the file that others read. */
  #temporary(node: SyntaxNode, depth: number): PathValue {
    const folder = argumentsOf(node).keyword("dir");
    const base = folder === null ? unknownPath : this.evaluate(folder, depth + 1);
    return { text: `${base.text}<tempfile>`, temporary: true, elsewhere: folder === null, names: ["tempfile"] };
  }

  #returned(name: string): SyntaxNode[] {
    this.#functions ??= this.#indexFunctions();
    const [only, second] = this.#functions.get(name) ?? [];
    if (only === undefined || second !== undefined) return [];
    return (only.field("body")?.findAll(["return_statement"]) ?? [])
      .map((statement) => operands(statement)[0])
      .filter((value) => value !== undefined && value.text !== "None")
      .filter((value) => value !== undefined)
      .slice(0, 4);
  }

  #indexFunctions(): Map<string, SyntaxNode[]> {
    const byName = new Map<string, SyntaxNode[]>();
    for (const node of this.#root.findAll(["function_definition"])) {
      const name = python.functionName(node);
      if (name !== null) byName.set(name, [...(byName.get(name) ?? []), node]);
    }
    return byName;
  }
}
