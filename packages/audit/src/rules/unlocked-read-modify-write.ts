import { areExclusive, enclosingFunctions } from "../analysis/grammar.ts";
import type { FileFacts, ReadSite, WriteSite } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { within } from "../engine/index.ts";
import type { Source } from "../analysis/source.ts";
import { tierOf } from "../tiers/tier.ts";
import { isOnlyCompared } from "./compared.ts";
import { codeOf, region, replacing, samePath, shown } from "./paths.ts";
import { isMadeFromRead, loadsAndSaves } from "./read-and-saved.ts";
import type { Rule } from "./rule.ts";

const locked = /lock|mutex|semaphore|transaction|synchronized|exclusive|\bwith_?retry|ifMatch|etag|queue/i;

/** State is read, changed and written again by one function that holds no lock. */
export const unlockedReadModifyWrite: Rule = {
  name: "unlocked-read-modify-write",
  title: "State is read, changed and saved without a lock",
  risk: "Two processes read the same content, both save their change, and one of the changes is gone, even where every single write is atomic.",
  remedy: "Hold a lock from the read to the write: `updateFile` of untorn reads, changes and replaces under one.",
  families: ["javascript", "python", "bash"],
  level: "finding",
  check(source, facts) {
    const saved = replacing(facts).filter(
      (site) => site.operation !== "copy" && tierOf(site, source.path) === "critical",
    );
    const found = saved.flatMap((site) => placesOf(source, facts, site).map((node) => ({ node, site })));
    // Two writes of one helper (a branch each) are one save.
    const once = found.filter(({ node }, index) => found.findIndex((one) => one.node.start === node.start) === index);
    return once.map(({ node, site }) => ({
      start: node.start,
      end: node.end,
      tier: tierOf(site, source.path),
      message: `${shown(targetOf(facts, site))} is read and saved again without a lock: a change made in between is lost.`,
      fix: null,
      target: site.value.text,
      owners: site.owners,
    }));
  },
};

/** Where a file is saved by who has read it: at the write, or at the calls of the function that writes. */
function placesOf(source: Source, facts: FileFacts, site: WriteSite): SyntaxNode[] {
  const target = targetOf(facts, site);
  if (target === null) return [];
  const { root } = source;
  const around = region(facts, site.node, root);
  if (around === root) {
    const unlocked = source.family === "bash" && !locked.test(codeOf(root));
    return unlocked && isMadeFromRead(facts, site, target, root) ? [site.node] : [];
  }
  if (locked.test(codeOf(around)) || runsLocked(facts, site.node)) return [];
  if (readsFirst(facts, site, target, around)) return [site.node];
  if (source.family === "bash") return [];
  return loadsAndSaves(facts, site, target, root)
    .filter(({ call, code }) => !runsLocked(facts, call) && !code.some((one) => locked.test(codeOf(one))))
    .map(({ call }) => call);
}

/** `withLock(path, () => save(load()))`: what is handed to a function of such a name runs under its lock. */
function runsLocked(facts: FileFacts, node: SyntaxNode): boolean {
  return enclosingFunctions(node, facts.grammar).some((owner) => {
    const list = owner.parent();
    const callee = list?.kind === "arguments" ? list.parent()?.field("function") : null;
    return callee ? locked.test(callee.text) : false;
  });
}

/** What the write ends up in: the path itself, or for a temp the path it is renamed to. */
function targetOf(facts: FileFacts, site: WriteSite): SyntaxNode | null {
  if (site.fate !== "staged" || site.path === null) return site.path;
  const { path } = site;
  const rename = facts.renames.find(
    (one) => one.from !== null && one.node.start > site.node.start && samePath(facts, one.from, path),
  );
  return rename?.to ?? null;
}

function readsFirst(facts: FileFacts, site: WriteSite, target: SyntaxNode, around: SyntaxNode): boolean {
  const before = (read: ReadSite): boolean => within(read.node, around) && read.node.start <= site.node.start;
  return facts
    .reads()
    .some(
      (read) =>
        before(read) &&
        samePath(facts, read.path, target) &&
        !areExclusive(read.node, site.node, facts.grammar) &&
        !isOnlyCompared(facts, read.node, around),
    );
}
