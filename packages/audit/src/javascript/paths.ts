import type { PathValue } from "../analysis/site.ts";
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
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import type { Definitions } from "../analysis/definitions.ts";
import { stringValue } from "./bindings.ts";
import { javascript } from "./grammar.ts";

const { unwrap, functionName } = javascript;

/** How far a name is followed back; real code needs three or four steps. */
const maximumDepth = 7;

const joining =
  /^(join|resolve|normalize|toNamespacedPath|realpath|realpathSync|fileURLToPath|pathToFileURL|String|URL|format|concat)$/;
const joinsOwn = /join|resolve|within|inside|contained|path_?(in|of|for)/i;
const nothing = /^(""|''|``|null|undefined)!?$/;
const passing = /^(toString|valueOf|trim|replace|replaceAll|slice|toLowerCase|native)$/;

/** Follows path expressions of one file back through its names, calls and parameters. */
export class Paths {
  readonly #definitions: Definitions;
  readonly #root: SyntaxNode;
  #functions: Map<string, SyntaxNode[]> | undefined;

  constructor(root: SyntaxNode, definitions: Definitions) {
    this.#root = root;
    this.#definitions = definitions;
  }

  evaluate(node: SyntaxNode, depth = 0): PathValue {
    if (depth > maximumDepth) return unknownPath;
    const plain = unwrap(node);
    const literal = stringValue(plain);
    if (literal !== null) return literalPath(literal);
    switch (plain.kind) {
      case "template_string":
        return this.#template(plain, depth);
      case "binary_expression":
        return this.#binary(plain, depth);
      case "ternary_expression":
        return this.#either([plain.field("consequence"), plain.field("alternative")], depth);
      case "identifier":
      case "shorthand_property_identifier":
        return this.#name(plain.text, plain, depth);
      case "member_expression":
        return this.#member(plain, depth);
      case "call_expression":
      case "new_expression":
        return this.#call(plain, depth);
      default:
        return plain.text.length < 80 ? namedPath(plain.text) : unknownPath;
    }
  }

  #template(node: SyntaxNode, depth: number): PathValue {
    const parts = node
      .children()
      .filter((child) => child.named)
      .map((child) => {
        if (child.kind !== "template_substitution") return literalPath(child.text);
        const inner = operands(child)[0];
        return inner === undefined ? unknownPath : this.evaluate(inner, depth + 1);
      });
    return joined(parts, "");
  }

  #binary(node: SyntaxNode, depth: number): PathValue {
    const sides = [node.field("left"), node.field("right")];
    const operator = node.field("operator")?.text;
    const values = sides.filter((side) => side !== null).map((side) => this.evaluate(side, depth + 1));
    if (operator === "+") return joined(values, "");
    // Where only the environment can name another place, its default says what sort of file this is.
    if (/^(process\.)?env\b/.test(sides[0]?.text ?? "")) return oneOf(values, false);
    return this.#either(operator === "&&" ? sides.slice(1) : sides, depth);
  }

  /** One of several; which one is not known. `null` is no path. */
  #either(nodes: readonly (SyntaxNode | null)[], depth: number, incoming: readonly PathValue[] = []): PathValue {
    const values = nodes
      .filter((one) => one !== null)
      .filter((one) => !nothing.test(one.text))
      .map((one) => this.evaluate(one, depth + 1));
    return oneOf([...values, ...incoming], true);
  }

  #name(name: string, use: SyntaxNode, depth: number): PathValue {
    const named = namedPath(name);
    if (named.temporary) return named;
    const origin = this.#definitions.origin(name, use);
    if (origin.kind === "values") {
      const values = origin.values.filter(
        (value) => !nothing.test(value.text) && !javascript.functionKinds.includes(value.kind),
      );
      if (values.length === 0) return named;
      const incoming = origin.incoming === null ? [] : [this.#passed(origin.incoming.fallback, named, depth)];
      return under(name, this.#either(values, depth, incoming));
    }
    return origin.kind === "parameter" ? this.#passed(origin.fallback, named, depth) : named;
  }

  #passed(fallback: SyntaxNode | null, named: PathValue, depth: number): PathValue {
    return fallback === null ? named : under(named.names[0] ?? "", this.evaluate(fallback, depth + 1));
  }

  #member(node: SyntaxNode, depth: number): PathValue {
    const text = node.text;
    const object = node.field("object");
    if (/^(process\.)?env\.(TMPDIR|TEMP|TMP|RUNNER_TEMP)$/.test(text))
      return { text: "<TMPDIR>", temporary: true, elsewhere: true, names: [] };
    const named = namedPath(text);
    if (named.temporary || object === null) return named;
    if (this.#definitions.defines(text)) {
      const origin = this.#definitions.origin(text, node);
      // `dir: string | null = null` says nothing about the folder that is set later.
      const values = origin.kind === "values" ? origin.values.filter((value) => !nothing.test(value.text)) : [];
      if (values.length > 0) return under(text, this.#either(values, depth));
    }
    const property = node.field("property")?.text ?? "";
    const held = this.#property(object, property, depth);
    if (held !== null) return under(text, held);
    // `dir.path` of something made in the temp folder is there too.
    if (object.kind === "identifier" && this.evaluate(object, depth + 1).temporary)
      return { ...named, temporary: true };
    return named;
  }

  /** `paths.state` where `const paths = { state: "..." }` stands in the same file. */
  #property(object: SyntaxNode, property: string, depth: number): PathValue | null {
    if (object.kind !== "identifier") return null;
    const origin = this.#definitions.origin(object.text, object);
    if (origin.kind !== "values" || origin.values.length !== 1) return null;
    const holder = unwrap(origin.values[0] ?? object);
    if (holder.kind !== "object") return null;
    for (const pair of operands(holder)) {
      if (pair.kind === "pair" && pair.field("key")?.text.replace(/["']/g, "") === property) {
        const value = pair.field("value");
        return value === null ? null : this.evaluate(value, depth + 1);
      }
    }
    return null;
  }

  #call(node: SyntaxNode, depth: number): PathValue {
    const callee = node.field("function") ?? node.field("constructor");
    const name = callee === null ? "" : javascript.lastName(callee);
    const given = operands(node.field("arguments") ?? node).filter((one) => one.kind !== "type_arguments");
    if (joining.test(name))
      return joined(
        given.map((one) => this.evaluate(one, depth + 1)),
        "/",
      );
    if (name === "dirname" || name === "basename" || name === "file") {
      const [first] = given;
      return first === undefined ? unknownPath : this.evaluate(first, depth + 1);
    }
    if (passing.test(name) && callee?.kind === "member_expression") {
      const object = callee.field("object");
      if (object !== null) return this.evaluate(object, depth + 1);
    }
    const called = calledPath(callee?.text ?? "");
    if (called.temporary || callee === null) {
      return { ...called, elsewhere: called.elsewhere || given.some((one) => this.evaluate(one, depth + 1).elsewhere) };
    }
    const returned = this.#returned(name);
    const [wrapped, more] = given;
    // `safeJoin(tempDir, name)`: the project's own way to join leads below its first argument too.
    if (more !== undefined && wrapped !== undefined && joinsOwn.test(name)) {
      const base = this.evaluate(wrapped, depth + 1);
      if (base.temporary) return { ...called, temporary: true, elsewhere: base.elsewhere };
      const parts = given.map((one) => this.evaluate(one, depth + 1));
      if (returned.length === 0) return under(callee.text, joined(parts, "/"));
    }
    // `toLongPath(path)`: a path in another spelling.
    if (returned.length === 0 && wrapped !== undefined && more === undefined && isSpelling(name))
      return this.evaluate(wrapped, depth + 1);
    if (returned.length === 0) return called;
    return under(callee.text, this.#either(returned, depth));
  }

  /** What a function of this file returns. */
  #returned(name: string): SyntaxNode[] {
    this.#functions ??= this.#indexFunctions();
    const [only, second] = this.#functions.get(name) ?? [];
    if (only === undefined || second !== undefined) return [];
    const body = only.field("body");
    if (body === null) return [];
    if (body.kind !== "statement_block") return [body];
    return body
      .findAll(["return_statement"])
      .map((statement) => operands(statement)[0])
      .filter((value) => value !== undefined)
      .slice(0, 4);
  }

  #indexFunctions(): Map<string, SyntaxNode[]> {
    const byName = new Map<string, SyntaxNode[]>();
    for (const node of this.#root.findAll(javascript.functionKinds)) {
      const name = functionName(node);
      if (name !== null) byName.set(name, [...(byName.get(name) ?? []), node]);
    }
    return byName;
  }
}
