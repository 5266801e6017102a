import { ownerNames } from "../analysis/grammar.ts";
import type { Grammar } from "../analysis/grammar.ts";
import type { FileFacts, ReadSite, WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, within } from "../engine/index.ts";
import { tierOf } from "../tiers/tier.ts";
import { codeWithoutMessages, emptyBefore, names, onlyTells } from "./emptied.ts";
import { codeOf, region, replacing, samePath, shown } from "./paths.ts";
import type { Report, Rule } from "./rule.ts";

const parsing =
  /JSON\.parse|\.json\(\)|readJson|readJSON|json\.loads?\(|yaml\.(safe_)?load|\bparse\w*\(|tomllib?\.load|pickle\.load|model_validate_json/;
/** What lets the error out, keeps the corrupt bytes, or tells a missing file from a corrupt one. */
const careful =
  /\bthrow\b|\braise\b|process\.exit|sys\.exit|\bexit\b|rename|copyFile|copy2?\(|\.bak|corrupt|quarantine|backup|ENOENT|\breject\(/i;
const empty =
  /\{\s*\}|\[\s*\]|\bnull\b|\bundefined\b|\bNone\b|\bdict\(\)|\blist\(\)|\bset\(\)|new (Map|Set)\(|default|empty|initial|\bpass\b|^\s*\{\s*\}\s*$/i;

const container = /\{\s*\}|\[\s*\]|\bdict\(\)|\blist\(\)|\bset\(\)|new (Map|Set)\(|default|empty|initial/i;

/** A file that cannot be parsed is taken for an empty one, which is saved later. */
export const lenientReadThenWrite: Rule = {
  name: "lenient-read-then-write",
  title: "A corrupt file is read as empty and saved over",
  risk: "A parse error becomes an empty default; the next save replaces everything that could still have been rescued.",
  remedy:
    "Take only a missing file (ENOENT, FileNotFoundError) for empty; let every other error out, or keep the corrupt file aside first. `readFile` and `updateFile` of untorn are strict.",
  families: ["javascript", "python", "bash"],
  level: "finding",
  check(source, facts) {
    if (source.family === "bash") return inShell(source, facts);
    if (!parsing.test(source.text) || replacing(facts).length === 0) return [];
    return source.root.findAll([facts.grammar.catchKind]).flatMap((clause) => judge(source, facts, clause));
  },
};

function judge(source: Source, facts: FileFacts, clause: SyntaxNode): Report[] {
  const body = clause.parent()?.field("body");
  if (!body || !parsing.test(body.text)) return [];
  const handler = codeOf(clause);
  if (careful.test(codeWithoutMessages(facts, clause))) return [];
  const onlyMissing =
    /^except\s*(?:\(\s*)?(FileNotFoundError|builtins\.FileNotFoundError)\s*\)?(\s+as\s+\w+)?\s*:/.test(handler);
  if (onlyMissing) return [];
  // What an inner `try` catches does not come here.
  const holder = clause.parent();
  const read = facts
    .reads()
    .find((one) => within(one.node, body) && tryAround(facts, one.node)?.start === holder?.start);
  if (read === undefined) return [];
  const does = handler.replace(/^[^{:]*/, "");
  const left = onlyTells(facts, clause) ? emptyBefore(facts, body, source.root) : [];
  if (!empty.test(does) && left.length === 0) return [];
  const isContainer = container.test(does);
  const saved = replacing(facts).find((site) => {
    if (site.path === null || !reaches(facts, site.path, read.path)) return false;
    const pair = { clause, site, read, isContainer };
    if (empty.test(does) && mayComeFrom(source, facts, pair)) return true;
    const isLeft = left.some((name) => names(region(facts, site.node, source.root), name));
    return isLeft && !isReadAgain(facts, pair) && mayComeFrom(source, facts, { ...pair, isContainer: true });
  });
  if (saved === undefined) return [];
  return [
    {
      start: clause.start,
      end: clause.end,
      tier: tierOf(saved, source.path),
      message: `Where ${shown(read.path)} cannot be parsed it counts as empty, and the next save destroys what was in it.`,
      fix: null,
      target: saved.value.text,
      owners: ownerNames(clause, facts.grammar),
    },
  ];
}

/** The innermost `try` with an error path that a node is in the body of. */
function tryAround(facts: FileFacts, node: SyntaxNode): SyntaxNode | null {
  return ancestor(node, (one) => {
    const body = one.kind === "try_statement" ? one.field("body") : null;
    return body !== null && within(node, body) && one.children().some(({ kind }) => kind === facts.grammar.catchKind);
  });
}

interface Pair {
  readonly clause: SyntaxNode;
  readonly site: WriteSite;
  readonly read: ReadSite;
  /** Whether what counts as the content is something that a save would add to. */
  readonly isContainer: boolean;
}

/**
 * Whether what was taken for empty may be what is saved: by the same function, or by one that calls the reader and writes, or calls
 * the function that does. Where nobody here calls the reader, a container is taken for the one half of a pair of load and save, unless
 * the other half reads for itself; `null` is an answer ("not logged in").
 */
function mayComeFrom({ root }: Source, facts: FileFacts, { clause, site, read, isContainer }: Pair): boolean {
  const [reader, writer] = [region(facts, clause, root), region(facts, site.node, root)];
  if (reader.start === writer.start && reader.end === writer.end) return true;
  const { grammar } = facts;
  const name = reader === root ? null : grammar.functionName(reader);
  if (name === null) return isContainer;
  const writerName = writer === root ? null : grammar.functionName(writer);
  const calls = callsOf(root, grammar);
  const joined = (calls.get(name) ?? []).some(
    ({ owner, called }) =>
      !within(owner, reader) && (within(site.node, owner) || (writerName !== null && called.has(writerName))),
  );
  if (joined) return true;
  if (!isContainer) return false;
  return !readsWithin(facts, writer).some((one) => samePath(facts, one.path, read.path));
}

interface Caller {
  readonly owner: SyntaxNode;
  readonly called: ReadonlySet<string>;
}

const callers = new WeakMap<SyntaxNode, ReadonlyMap<string, readonly Caller[]>>();

/** By the name of what is called, the functions of a file that do. Found once: each error path asks for each write. */
function callsOf(root: SyntaxNode, grammar: Grammar): ReadonlyMap<string, readonly Caller[]> {
  const known = callers.get(root);
  if (known !== undefined) return known;
  const found = new Map<string, Caller[]>();
  for (const owner of root.findAll([...grammar.functionKinds])) {
    // `this.#save()` calls what is named `#save`.
    const called = new Set(
      [...bodyOf(owner).matchAll(/(#?)([\p{ID_Continue}$]+)\s*\(/gu)].flatMap(([, hash = "", name = ""]) => [
        name,
        hash + name,
      ]),
    );
    for (const name of called) {
      const list = found.get(name);
      if (list === undefined) found.set(name, [{ owner, called }]);
      else list.push({ owner, called });
    }
  }
  callers.set(root, found);
  return found;
}

const readsBy = new WeakMap<SyntaxNode, readonly ReadSite[]>();

function readsWithin(facts: FileFacts, owner: SyntaxNode): readonly ReadSite[] {
  const known = readsBy.get(owner);
  if (known !== undefined) return known;
  const found = facts.reads().filter((one) => within(one.node, owner));
  readsBy.set(owner, found);
  return found;
}

/** Whether the file is read once more between the two, and whatever is wrong with it then is not caught. */
function isReadAgain(facts: FileFacts, { clause, site, read }: Pair): boolean {
  const caught = (node: SyntaxNode): boolean => {
    const around = tryAround(facts, node);
    return around !== null && !within(site.node, around);
  };
  return facts
    .reads()
    .some(
      (one) =>
        one.node.start > clause.end &&
        one.node.end < site.node.start &&
        samePath(facts, one.path, read.path) &&
        !caught(one.node),
    );
}

/** What a function does, without its own name and parameters. */
function bodyOf(owner: SyntaxNode): string {
  const body = owner.field("body");
  return codeOf(body ?? owner);
}

/** Whether a written path is the one that is read, or a temp that is renamed over it. */
function reaches(facts: FileFacts, written: SyntaxNode, read: SyntaxNode): boolean {
  if (samePath(facts, written, read)) return true;
  return facts.renames.some(
    ({ from, to }) => from !== null && to !== null && samePath(facts, from, written) && samePath(facts, to, read),
  );
}

/** `state=$(jq . "$file" 2>/dev/null || echo '{}')`, and `> "$file"` elsewhere. */
function inShell(source: Source, facts: FileFacts): Report[] {
  if (!/\|\|\s*(echo|printf)\s/.test(source.text)) return [];
  const lenient = source.root.findAll(
    ["command_substitution"],
    /\|\|\s*(echo|printf)\s+(-n\s+)?["']?(\{\s*\}|\[\s*\]|null|""|'')/,
  );
  return lenient.flatMap((node): Report[] => {
    const words = node.findAll(["command"], /^(jq|yq|cat)\s/).flatMap((command) => command.children().slice(1));
    for (const site of replacing(facts)) {
      const { path } = site;
      if (
        path === null ||
        !words.some((word) => word.named && word.kind !== "raw_string" && reaches(facts, path, word))
      )
        continue;
      const message = `Where ${shown(path)} cannot be parsed it counts as empty, and the next save destroys what was in it.`;
      const tier = tierOf(site, source.path);
      return [
        { start: node.start, end: node.end, tier, message, fix: null, target: site.value.text, owners: site.owners },
      ];
    }
    return [];
  });
}
