// Who checks what a soak left. Nothing of the library is used here: only what was written down, and Node's own calls.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What was written down of one change. */
interface Change {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly begun: bigint;
  /** When it was over for certain; of a killed one nobody knows. */
  over: bigint | undefined;
  /** `unknown`: its process was killed, or it says so itself. */
  fate: "done" | "undone" | "unknown";
}

export interface Findings {
  readonly changes: number;
  readonly done: number;
  readonly undone: number;
  readonly unknown: number;
  /** Of the errors that were met, how many of each code. */
  readonly codes: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

const multiple = new Set(["passing"]);

/** Reads all that the processes wrote down. */
function readWitnesses(folder: string): {
  changes: Map<string, Change>;
  problems: string[];
  codes: Map<string, number>;
} {
  const changes = new Map<string, Change>();
  const problems: string[] = [];
  const codes = new Map<string, number>();
  for (const name of readdirSync(folder)) {
    const lines = readFileSync(join(folder, name), "utf8").split("\n");
    for (const line of lines) {
      if (line === "") continue;
      const [time = "0", ...rest] = line.split(" ");
      const words = JSON.parse(`[${rest.join(" ").replaceAll('" "', '","')}]`) as string[];
      const [what, id = "", first = "", second = "", third = ""] = words;
      const change = changes.get(id);
      if (what === "begun") {
        changes.set(id, { id, kind: first, target: second, begun: BigInt(time), over: undefined, fate: "unknown" });
      } else if (what === "seen") problems.push(`${id} (${change?.kind} ${change?.target}): ${first}`);
      else if (change !== undefined) {
        change.over = BigInt(time);
        // In place is in place: there was no power cut.
        if (what === "done" || first === "replaced") change.fate = "done";
        else if (first === "unchanged") change.fate = "undone";
        if (what === "failed") codes.set(second, (codes.get(second) ?? 0) + 1);
        if (what === "failed" && second === "UNTORN_CORRUPT")
          problems.push(`${id} (${change.kind} ${change.target}): ${third}`);
      }
    }
  }
  return { changes, problems, codes };
}

/** What is there of a kind of file in which every change leaves its id: exactly those that were done. */
function compareIds(target: string, ids: readonly string[], changes: readonly Change[]): string[] {
  const problems: string[] = [];
  const there = new Set(ids);
  if (there.size !== ids.length) problems.push(`${target}: a change is there twice`);
  const known = new Map(changes.map((change) => [change.id, change]));
  for (const id of there) {
    const fate = id === "first" ? "done" : known.get(id)?.fate;
    if (fate === undefined) problems.push(`${target}: ${id} is there, and nobody made it`);
    if (fate === "undone") problems.push(`${target}: ${id} is there, and its error said that nothing was changed`);
  }
  for (const { id, fate } of changes) if (fate === "done" && !there.has(id)) problems.push(`${target}: ${id} is lost`);
  return problems;
}

/** The id of a text that is whole; `undefined` for any other. */
function idOf(text: string): string | undefined {
  const cut = text.slice(0, -1).lastIndexOf("\n") + 1;
  const digest = createHash("sha256").update(text.slice(0, cut)).digest("hex");
  return text.slice(cut) === `${digest}\n` ? text.slice(0, text.indexOf("\n")) : undefined;
}

/** A file that is replaced: whole, and by a write after which no other one was begun and done. */
function checkReplaced(target: string, text: string, changes: readonly Change[]): string[] {
  const id = idOf(text);
  if (id === undefined) return [`${target}: torn (${text.length} bytes)`];
  const last = changes.find((change) => change.id === id);
  if (last === undefined && id !== "first") return [`${target}: ${id} is there, and nobody wrote it`];
  if (last?.fate === "undone") return [`${target}: ${id} is there, and its error said that nothing was changed`];
  const over = last === undefined ? 0n : last.over;
  if (over === undefined) return [];
  const later = changes.find((change) => change.fate === "done" && change.begun > over);
  return later === undefined ? [] : [`${target}: ${id} is there, and ${later.id} was written after it and is lost`];
}

const ids = (text: string): string[] => {
  const { count, ids: found } = JSON.parse(text) as { count: number; ids: string[] };
  if (count !== found.length) throw new Error(`the count is ${count} of ${found.length}`);
  return found;
};

function checkFile(root: string, path: string, changes: readonly Change[]): string[] {
  const text = readFileSync(join(root, path), "utf8");
  const [kind] = path.split("/");
  if (kind === "logs") {
    if (!text.endsWith("\n")) return [`${path}: the last line has no end`];
    const lines = text.slice(0, -1).split("\n");
    return compareIds(
      path,
      lines.map((line) => (JSON.parse(line) as { id: string }).id),
      changes,
    );
  }
  if (kind === "whole" || kind === "kept") return checkReplaced(path, text, changes);
  if (kind === "passing") return idOf(text) === undefined ? [`${path}: torn`] : [];
  return compareIds(path, ids(text), changes);
}

/** Files that a process left when it was killed, and nobody else: by the pid in their names, in base 36. */
export function strayTemps(root: string, killed: ReadonlySet<number>): { temps: number; problems: string[] } {
  const problems: string[] = [];
  let temps = 0;
  for (const path of namesBelow(root)) {
    const owner =
      /\.untorn\.([0-9a-z]+)-[^/]*\.(?:tmp|part|bak)$/.exec(path)?.[1] ??
      /\/tx-([0-9a-z]+)-[^/]*\.journal$/.exec(path)?.[1];
    if (owner === undefined || path.includes("/quarantine/")) continue;
    temps += 1;
    const pid = Number.parseInt(owner, 36);
    if (!killed.has(pid)) problems.push(`${path} is of process ${pid}, which was not killed`);
  }
  return { temps, problems };
}

function namesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" });
}

/** The whole look at what is left after recovery. The files of `expected`, paths below `root`, must be there. */
export function check(root: string, witnesses: string, expected: readonly string[]): Findings {
  const { changes, problems, codes } = readWitnesses(witnesses);
  const missing = new Set(expected);
  const byTarget = new Map<string, Change[]>();
  const all = [...changes.values()].filter(({ kind }) => kind !== "look" && kind !== "recover");
  for (const change of all) byTarget.set(change.target, [...(byTarget.get(change.target) ?? []), change]);
  const groups = new Map<string, string>();
  for (const path of namesBelow(root)) {
    // Kept on purpose: nobody knows whether it is the only copy.
    if (path.includes(".untorn/quarantine/")) continue;
    if (/\.untorn\.[^/]*\.(?:tmp|part|bak)$|\.journal$|\.untorn\.lock(?:\/|$)/.test(path)) {
      problems.push(`left: ${path}`);
      continue;
    }
    if (!statSync(join(root, path)).isFile()) continue;
    missing.delete(path);
    const kept = /^(kept)\/\.untorn\/generations\/[^/]+\//.test(path);
    if (path.includes(".untorn/") && !kept) continue;
    try {
      if (kept) {
        if (idOf(readFileSync(join(root, path), "utf8")) === undefined) problems.push(`${path}: torn`);
        continue;
      }
      const group = /^groups\/\d+/.exec(path)?.[0];
      const target = group ?? path;
      problems.push(
        ...checkFile(root, path, multiple.has(path.split("/")[0] ?? "") ? [] : (byTarget.get(target) ?? [])),
      );
      if (group === undefined) continue;
      const text = readFileSync(join(root, path), "utf8");
      if ((groups.get(group) ?? text) !== text) problems.push(`${group}: its files disagree`);
      groups.set(group, text);
    } catch (error) {
      problems.push(`${path}: ${String(error)}`);
    }
  }
  for (const path of missing) problems.push(`${path}: is missing`);
  const number = (fate: Change["fate"]): number => all.filter((change) => change.fate === fate).length;
  return {
    changes: all.length,
    done: number("done"),
    undone: number("undone"),
    unknown: number("unknown"),
    codes,
    problems,
  };
}
