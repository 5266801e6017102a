import { isMap, parseDocument, visit } from "yaml";
import type { Document, Scalar, YAMLMap } from "yaml";
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
  uniqueKeys: true,
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
    data = document.toJS({ maxAliasCount: MAX_ALIASES });
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
