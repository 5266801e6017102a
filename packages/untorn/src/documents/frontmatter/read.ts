import { isMap, isNode, isScalar, parseDocument, visit } from "yaml";
import type { Document, Node, Scalar, YAMLMap } from "yaml";
import { exactly } from "../digits.ts";
import { corrupt, positionAt } from "../../platform/index.ts";
import type { Split } from "./split.ts";

/** The frontmatter's members, as plain data. */
export type Data = Record<string, unknown>;

export interface Read {
  readonly yaml: string;
  readonly document: Document.Parsed;
  /** undefined for a frontmatter that holds nothing but comments. */
  readonly root: YAMLMap | undefined;
  readonly data: Data;
  /** The same, with each number that a double cannot hold as `Digits`; the document's nodes hold those, too. */
  readonly exact: Data;
}

/**
 * How the YAML is read: 1.2 core schema, so `no` and `2024-01-01` are strings; repeated keys are errors. Tags are never
 * executed: an unknown one is ignored, and `!!binary` and its like are not known.
 */
const options = {
  version: "1.2",
  schema: "core",
  // Looked for by the name that they have in the data: `1` and `"1"` are two keys in YAML, and one there.
  uniqueKeys: false,
  resolveKnownTags: false,
  keepSourceTokens: true,
  prettyErrors: false,
  logLevel: "silent",
} as const;

/** More uses of aliases than this are taken for an attack (the "billion laughs"). */
const MAX_ALIASES = 100;

export function read(split: Split, path: string): Read {
  const yaml = split.text.slice(split.start, split.end);
  const at = (offset: number) => positionAt(split.text, split.start + Math.min(offset, yaml.length));
  let document: Document.Parsed;
  let data: unknown;
  let exact: unknown;
  try {
    document = parseDocument(yaml, options);
    const [error] = document.errors;
    if (error !== undefined) {
      throw corrupt(path, `the frontmatter is not YAML: ${withoutContent(error)}`, at(error.pos[0]));
    }
    const twice = repeatedKey(document);
    if (twice !== undefined) {
      throw corrupt(
        path,
        'a key comes twice in the frontmatter (keys are compared as text: 1 is "1")',
        at(twice.range?.[0] ?? 0),
      );
    }
    data = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (isCyclic(data)) {
      throw corrupt(path, "an alias in the frontmatter stands inside what it means", at(cyclicAlias(document)));
    }
    exact = keepDigits(yaml, document) ? document.toJS({ maxAliasCount: MAX_ALIASES }) : data;
  } catch (error) {
    if (error instanceof RangeError) throw corrupt(path, "the frontmatter is nested too deeply", at(0), error);
    if (error instanceof ReferenceError) {
      throw corrupt(path, `the frontmatter's aliases cannot be followed: ${withoutContent(error)}`, at(0));
    }
    throw error;
  }
  if (data === null || data === undefined) return { yaml, document, root: undefined, data: {}, exact: {} };
  const root: unknown = document.contents;
  if (!isMap(root) || typeof data !== "object") {
    throw corrupt(path, "the frontmatter is not a list of `key: value` members", at(document.contents?.range[0] ?? 0));
  }
  return { yaml, document, root, data: data as Data, exact: exact as Data };
}

/** A key with the name of another one in its mapping. */
function repeatedKey(document: Document.Parsed): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Map(_, node) {
      const names = new Set<string>();
      for (const { key } of node.items) {
        if (!isScalar(key)) {
          // Its name is made by the library. It comes twice if the data has fewer members than the mapping.
          if (Object.keys(node.toJS(document) as object).length === node.items.length) return undefined;
          found = isNode(key) ? key : node;
          return visit.BREAK;
        }
        const name = keyName(key);
        if (names.has(name)) {
          found = key;
          return visit.BREAK;
        }
        names.add(name);
      }
      return undefined;
    },
  });
  return found;
}

/** Whether a value is inside itself: an alias makes it so. `open` are the objects around it, `done` those that are not. */
function isCyclic(value: unknown, open = new Set<unknown>(), done = new Set<unknown>()): boolean {
  if (typeof value !== "object" || value === null || done.has(value)) return false;
  if (open.has(value)) return true;
  open.add(value);
  for (const item of Object.values(value)) if (isCyclic(item, open, done)) return true;
  open.delete(value);
  done.add(value);
  return false;
}

function cyclicAlias(document: Document.Parsed): number {
  let found = 0;
  visit(document, {
    Alias(_, node, path) {
      const meant = node.resolve(document);
      if (meant === undefined || !path.includes(meant)) return undefined;
      found = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

/** Puts the digits of numbers that a double cannot hold into the document; false if there are none. */
function keepDigits(yaml: string, document: Document.Parsed): boolean {
  // A double holds any number of 15 digits.
  if (!/[\da-fA-F.]{16}|\d[eE][+-]?\d|0[xo][\da-fA-F]{10}/.test(yaml)) return false;
  let found = false;
  visit(document, {
    Scalar(key, node) {
      if (key === "key" || typeof node.value !== "number" || node.source === undefined) return;
      const value = exactly(node.source, node.value);
      if (value === node.value || typeof value === "number") return;
      node.value = value;
      found = true;
    },
  });
  return found;
}

/** What the parser says, but for what it quotes: that may be a secret, and an error goes to logs. The position is enough. */
function withoutContent({ message }: Error): string {
  const [problem = ""] = message.split(": ");
  return problem.replace(/\.$/, "").replace(/^./, (letter) => letter.toLowerCase());
}

/** A key as the name that it has in the data. */
export function keyName(key: Scalar): string {
  const { value } = key as { value: string | number | boolean | null };
  return value === null ? "" : String(value);
}
