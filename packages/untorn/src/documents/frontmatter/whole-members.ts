import { isDeepStrictEqual } from "node:util";
import { isScalar } from "yaml";
import type { Pair } from "yaml";
import { applySplices } from "../splices.ts";
import type { Splice } from "../splices.ts";
import { TooTangled } from "./entries.ts";
import type { Span } from "./kept.ts";
import { find } from "./lines.ts";
import { keyName } from "./read.ts";
import type { Data, Read } from "./read.ts";
import type { Renderer } from "./render.ts";

/**
 * The second way to make a change: each top-level member that differs is written anew as a whole, from its key's line to
 * the line before the next member's first comment or key. The others keep their bytes. `gone` is what goes as a whole.
 */
export function rewriteMembers(
  { yaml, root, exact }: Read,
  fresh: Data,
  render: Renderer,
): { yaml: string; gone: readonly Span[] } {
  if (root === undefined || root.flow === true) {
    const lines = Object.keys(fresh).map((key) => render.member(key, fresh[key], ""));
    return { yaml: lines.join(""), gone: [] };
  }
  const gone: Span[] = [];
  const splices: Splice[] = [];
  const seen = new Set<string>();
  root.items.forEach((pair: Pair, i) => {
    const start = startOf(pair, yaml);
    const next = root.items[i + 1];
    const end = next === undefined ? yaml.length : startOf(next, yaml);
    const key = pair.key;
    if (!isScalar(key)) return;
    const name = keyName(key);
    seen.add(name);
    const kept = Object.hasOwn(fresh, name);
    if (kept && isDeepStrictEqual(exact[name], fresh[name])) return;
    const own = ownLength(yaml.slice(start, end));
    if (!kept) gone.push({ start, end: start + own });
    const text = kept ? yaml.slice(start, keyEnd(pair)) + render.member("k", fresh[name], "").slice(2) : "";
    splices.push({ start, end: start + own, text });
  });
  const added = Object.keys(fresh).filter((name) => !seen.has(name));
  const text = added.map((name) => render.member(name, fresh[name], "")).join("");
  splices.push({ start: yaml.length, end: yaml.length, text });
  return { yaml: applySplices(yaml, splices), gone };
}

/** How much of a member's lines is its own: comments and blank lines at the end belong to what follows. */
function ownLength(lines: string): number {
  let end = lines.length;
  while (end > 0) {
    const start = lines.lastIndexOf("\n", end - 2) + 1;
    if (!/^[ \t]*(?:#[^\n]*)?\r?\n?$/.test(lines.slice(start, end))) break;
    end = start;
  }
  return end;
}

/** The place after a key's colon: the key keeps its form. */
function keyEnd({ srcToken }: Pair): number {
  const colon = srcToken !== undefined && "sep" in srcToken ? find(srcToken.sep, "map-value-ind") : undefined;
  if (colon === undefined) throw new TooTangled();
  return colon + 1;
}

function startOf(pair: Pair, yaml: string): number {
  const offset = pair.srcToken?.start.find((token) => token.type === "explicit-key-ind")?.offset;
  const key = pair.key as { range?: [number, number, number] | null } | null;
  const at = offset ?? key?.range?.[0];
  if (at === undefined) throw new TooTangled();
  return yaml.lastIndexOf("\n", at - 1) + 1;
}
