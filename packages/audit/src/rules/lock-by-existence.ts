import { ownerNames } from "../analysis/grammar.ts";
import type { FileFacts } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands, within } from "../engine/index.ts";
import { region, samePath, shown } from "./paths.ts";
import type { Report, Rule } from "./rule.ts";

const lockName = /lock|\bpid|pid_?file|mutex|semaphore/i;

/** A lock is taken by looking whether a file exists, and then making it. */
export const lockByExistence: Rule = {
  name: "lock-by-existence",
  title: "A lock is taken by looking first and creating then",
  risk: "Two processes look at the same moment, both see no lock and both create it: the lock protects nothing. After a crash it stays for ever.",
  remedy:
    "Create the file exclusively (`wx`, `O_EXCL`, `set -o noclobber`, `mkdir`) and take the failure as the answer, or use a lock that the kernel releases: `lock` of untorn, `flock`.",
  families: ["javascript", "python", "bash"],
  level: "finding",
  check(source, facts) {
    if (!/lock|pid|mutex|semaphore/i.test(source.text)) return [];
    const locks = creations(source, facts).filter(({ path }) => {
      const value = facts.evaluate(path);
      return lockName.test([path.text, value.text, ...value.names].join(" "));
    });
    if (locks.length === 0) return [];
    const checks = checksOf(source);
    return locks.flatMap(({ node, path }): Report[] => {
      const around = region(facts, node, source.root);
      const seen = checks.some((one) => within(one, around) && one.end <= node.start && samePath(facts, one, path));
      if (!seen) return [];
      return [
        {
          start: node.start,
          end: node.end,
          tier: "critical",
          message: `${shown(path)} is looked for and then created: two processes can both find it missing.`,
          fix: null,
          target: facts.evaluate(path).text,
          owners: ownerNames(node, facts.grammar),
        },
      ];
    });
  },
};

/** The paths that are asked whether they exist. */
function checksOf(source: Source): readonly SyntaxNode[] {
  if (source.family === "bash") {
    return source.root
      .findAll(["test_command", "command"], /^(\[\[?|test)\s+(?:!\s*)?-[efdL]\s|^(?:!\s*)?-[ef]\s/)
      .flatMap((test) => test.findAll(["string", "simple_expansion", "expansion", "word", "concatenation"]));
  }
  const kind = source.family === "python" ? "call" : "call_expression";
  return source.root
    .findAll(
      [kind],
      /^[^(]*(existsSync|pathExists|pathExistsSync|exists|isfile|is_file|accessSync|access|stat|statSync)\s*\(/,
    )
    .flatMap((call) => {
      const given = operands(call.field("arguments") ?? call);
      const callee = call.field("function");
      const object = given.length === 0 ? callee?.field("object") : given[0];
      return object ? [object] : [];
    });
}

/** Where a file comes into being without anybody asking for it to be new. */
function creations(source: Source, facts: FileFacts): readonly { node: SyntaxNode; path: SyntaxNode }[] {
  const written = facts.sites
    .filter(
      (site) =>
        site.path !== null &&
        (site.fate === "torn" || site.fate === "empty" || site.fate === "temporary" || site.fate === "transient"),
    )
    .flatMap(({ node, path }) => (path === null ? [] : [{ node, path }]));
  return [...written, ...touches(source)];
}

function touches(source: Source): { node: SyntaxNode; path: SyntaxNode }[] {
  if (!source.text.includes("touch")) return [];
  if (source.family === "bash") {
    return source.root.findAll(["command_name"], /^touch$/).flatMap((name) => {
      const node = name.parent() ?? name;
      const path = operands(node).at(-1);
      return path === undefined ? [] : [{ node, path }];
    });
  }
  if (source.family !== "python") return [];
  return source.root.findAll(["call"], /\.touch\s*\([^)]*\)$/).flatMap((node) => {
    const path = node.field("function")?.field("object");
    return path && !node.text.includes("exist_ok=False") ? [{ node, path }] : [];
  });
}
