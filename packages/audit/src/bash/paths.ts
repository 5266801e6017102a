import type { Definitions } from "../analysis/definitions.ts";
import {
  calledPath,
  joined,
  literalPath,
  namedPath,
  oneOf,
  soundsStaged,
  under,
  unknownPath,
} from "../analysis/path-value.ts";
import type { PathValue } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { readCommand } from "./commands.ts";

const maximumDepth = 7;
const temporaryVariable = /^(TMPDIR|TMP|TEMP|TEMPDIR|RUNNER_TEMP|BATS_(TEST_|FILE_|SUITE_|RUN_)?TMPDIR)$/;
/** `mktemp` itself, or a project's function around it, which may be in another file. */
const makesTemp = /(?<![a-z\d])mk_?s?d?_?te?mp(?!l)|\btempfile\b|te?mp(orary)?_?(file|dir)/i;
const passing = /^(dirname|basename|realpath|readlink|cd|echo|printf|cygpath|grealpath|abspath)$/;

/** Follows path words of one script back through its variables. */
export class BashPaths {
  readonly #definitions: Definitions;

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  evaluate(node: SyntaxNode, depth = 0): PathValue {
    if (depth > maximumDepth) return unknownPath;
    switch (node.kind) {
      case "raw_string":
      case "ansi_c_string":
        return literalPath(node.text.replace(/^\$?'|'$/g, ""));
      case "string":
      case "concatenation":
      case "command_name":
        return joined(
          operands(node).map((part) => this.evaluate(part, depth)),
          "",
        );
      case "simple_expansion":
        return this.#variable(node.text.slice(1), node, depth);
      case "expansion":
        return this.#expansion(node, depth);
      case "command_substitution":
        return this.#substitution(node, depth);
      default:
        return literalPath(node.text.replace(/\\(.)/g, "$1"));
    }
  }

  #expansion(node: SyntaxNode, depth: number): PathValue {
    const name =
      operands(node).find((part) => part.kind === "variable_name" || part.kind === "subscript")?.text ?? node.text;
    const own = this.#variable(name, node, depth);
    if (!/^\$\{[^}]*?:?[-=]/.test(node.text)) return own;
    const fallback = operands(node)
      .slice(1)
      .map((part) => this.evaluate(part, depth + 1));
    if (fallback.length === 0) return own;
    const other = joined(fallback, "");
    // `${name:-default}`: a name that is not set anywhere says less than its default.
    return {
      ...(own.text === `<${name}>` ? under(name, other) : own),
      temporary: own.temporary || other.temporary,
      elsewhere: own.elsewhere || other.elsewhere,
    };
  }

  #variable(name: string, use: SyntaxNode, depth: number): PathValue {
    const named = namedPath(name);
    if (temporaryVariable.test(name)) return { ...named, temporary: true, elsewhere: true };
    if (/^[\d@*#?$!-]$/.test(name)) return named;
    const origin = this.#definitions.origin(name, use);
    const values = origin.kind === "values" ? origin.values.filter((value) => !/^(""|''|)$/.test(value.text)) : [];
    if (values.length === 0) {
      // A helper in another file has set it: `_temporary_file; ... > "$temporary_filename"`.
      return named.temporary || soundsStaged(name) ? { ...named, temporary: true } : named;
    }
    // What is set last before the use is what the use sees, or most likely so.
    const last = values.at(-1);
    const seen = last === undefined ? unknownPath : this.evaluate(last, depth + 1);
    const telling = oneOf([seen, ...values.slice(0, -1).map((value) => this.evaluate(value, depth + 2))], false);
    const temporary = seen.temporary || (named.temporary && !seen.text.startsWith("/"));
    return under(name, {
      text: seen.text === "" ? telling.text : seen.text,
      temporary,
      elsewhere: seen.elsewhere,
      names: seen.names,
    });
  }

  #substitution(node: SyntaxNode, depth: number): PathValue {
    const text = node.text;
    if (makesTemp.test(text)) {
      // `mktemp` alone makes a file in the temp folder; `mktemp "$file.XXXXXX"` makes one beside the target.
      const elsewhere = /^(\$\(|`)\s*mktemp(\s+-[dqut]+)*\s*(2>\S+\s*)?(\)|`)$/.test(text);
      return { text: "<mktemp>", temporary: true, elsewhere, names: ["mktemp"] };
    }
    const command = node.findAll(["command"])[0];
    const read = command === undefined ? null : readCommand(command);
    if (read === null) return unknownPath;
    if (read.name === "tty") return literalPath("/dev/tty");
    const last = read.words.at(-1);
    if (passing.test(read.name) && last !== undefined) return this.evaluate(last, depth + 1);
    return calledPath(read.name);
  }
}
