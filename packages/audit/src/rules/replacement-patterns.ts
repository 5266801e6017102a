import { ownerNames } from "../analysis/grammar.ts";
import type { FileFacts } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import { region, replacing, shown } from "./paths.ts";
import type { Report, Rule } from "./rule.ts";

/** Names of things that hold somebody's text. */
const holdsText =
  /content|text|body|section|block|markdown|source|code|snippet|replacement|value|data|json|yaml|line|message|title|description|input|output/i;

/** File content is used as a replacement string, in which some characters are commands. */
export const replacementPatterns: Rule = {
  name: "replacement-patterns",
  title: "Content is used as a replacement pattern",
  risk: "In a replacement text `$&`, `$1` (JavaScript), `\\1` (Python) or `&` and `/` (sed) are commands: content that holds them is changed on the way to the file, or the command fails.",
  remedy:
    "Pass a function that returns the content (`() => content`, `lambda _: content`), or edit with a tool that takes it as data.",
  families: ["javascript", "python", "bash"],
  level: "finding",
  check(source, facts) {
    if (source.family === "bash") return inSed(source, facts);
    if (replacing(facts).length === 0) return [];
    return source.family === "python" ? inPython(source, facts) : inJavaScript(source, facts);
  },
};

function inJavaScript(source: Source, facts: FileFacts): Report[] {
  if (!/\.replace(All)?\(/.test(source.text)) return [];
  return source.root.findAll(["property_identifier"], /^replace(All)?$/).flatMap((leaf) => {
    const call = leaf.parent()?.parent();
    if (call?.kind !== "call_expression") return [];
    const [, text, extra] = operands(call.field("arguments") ?? call);
    if (text === undefined || extra !== undefined || !isContent(text) || !isWritten(source, facts, call)) return [];
    return [report(facts, call, text)];
  });
}

function inPython(source: Source, facts: FileFacts): Report[] {
  if (!/\.subn?\(/.test(source.text)) return [];
  return source.root
    .findAll(["attribute"], /^(re|regex|\w*(pattern|regex|_re|_RE|PATTERN|REGEX)\w*)\.subn?$/)
    .flatMap((callee) => {
      const call = callee.parent();
      if (call?.kind !== "call") return [];
      const given = operands(call.field("arguments") ?? call).filter((one) => one.kind !== "keyword_argument");
      const text = /^(re|regex)\./.test(callee.text) ? given[1] : given[0];
      if (text === undefined || !isContent(text) || !isWritten(source, facts, call)) return [];
      return [report(facts, call, text)];
    });
}

/** A script on a command line is not longer; what is would take long to look at. */
const longestScript = 2000;

// A sed script with a variable in its replacement, that changes a file, or whose output goes into one.
function inSed(source: Source, facts: FileFacts): Report[] {
  if (!/\bsed\b/.test(source.text)) return [];
  return source.root.findAll(["command"], /^(sudo\s+)?g?sed\s/).flatMap((command) => {
    const script = command
      .findAll(["string"])
      .find((one) => one.text.length < longestScript && /^"[^"]*s([/|#,@~])(?:(?!\1).)*\1[^"]*\$/.test(one.text));
    const expansion = script
      ?.findAll(["simple_expansion", "expansion"])
      .find((one) => inReplacement(script.text, one.start - script.start));
    if (!expansion) return [];
    const inPlace = operands(command).some((word) => /^-\w*i|^--in-place/.test(word.text));
    const redirected = ancestor(
      command,
      (node) => node.kind === "redirected_statement" || node.kind === "function_definition",
    );
    if (!inPlace && redirected?.kind !== "redirected_statement") return [];
    if (isPlain(source, facts, expansion)) return [];
    return [report(facts, command, expansion)];
  });
}

/** A value that has been escaped, by its name, or that is always the same text, which somebody has looked at. */
function isPlain(source: Source, facts: FileFacts, expansion: SyntaxNode): boolean {
  const name = /^\$\{?(\w+)\}?$/.exec(expansion.text)?.[1];
  if (name === undefined) return false;
  if (/(^|_)(escaped?|esc|quoted)(_|$)|[a-z]Escaped|escaped[A-Z]/i.test(name)) return true;
  const values = facts.grammar.assignments(source.root).filter((one) => one.name === name);
  // What is read, or runs over a list, is not only what it is set to.
  const given = new RegExp(`\\b(for|read|getopts|mapfile|readarray|printf\\s+-v)\\b[^\\n]*\\b${name}\\b`);
  if (values.length === 0 || given.test(source.text)) return false;
  return values.every(({ node, value }) => {
    const literal = value();
    return literal !== null && !node.text.includes("+=") && isLiteral(literal);
  });
}

function isLiteral(value: SyntaxNode): boolean {
  if (!/^(word|number|string|raw_string)$/.test(value.kind)) return false;
  return value.findAll(["simple_expansion", "expansion", "command_substitution"]).length === 0;
}

/** Whether an offset of a sed script lies between the second and the third delimiter. */
function inReplacement(script: string, offset: number): boolean {
  const match = /(^"|[\s;{/$\d])s([/|#,@~])/.exec(script);
  const delimiter = match?.[2];
  if (match === null || delimiter === undefined) return false;
  const second = script.indexOf(delimiter, match.index + match[0].length);
  const third = second === -1 ? -1 : script.indexOf(delimiter, second + 1);
  return second !== -1 && offset > second && (third === -1 || offset < third);
}

/** A name, a member or a call that by its name holds text; functions and literals are not meant. */
function isContent(node: SyntaxNode): boolean {
  if (node.kind === "template_string")
    return node.findAll(["template_substitution"]).some((one) => holdsText.test(one.text));
  if (!/^(identifier|member_expression|attribute|call_expression|call|subscript_expression|subscript)$/.test(node.kind))
    return false;
  if (/escape|replacer|=>|lambda/i.test(node.text)) return false;
  return holdsText.test(node.text);
}

/** Whether the function around a place also saves a file. */
function isWritten(source: Source, facts: FileFacts, node: SyntaxNode): boolean {
  const around = region(facts, node, source.root);
  return replacing(facts).some((site) => site.node.start >= around.start && site.node.end <= around.end);
}

function report(facts: FileFacts, node: SyntaxNode, text: SyntaxNode): Report {
  return {
    start: node.start,
    end: node.end,
    tier: "high",
    message: `${shown(text)} is used as a replacement pattern: characters in it with a meaning there change what is saved.`,
    fix: null,
    target: "",
    owners: ownerNames(node, facts.grammar),
  };
}
