import type { FileFacts, ReadSite, WriteSite } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { within } from "../engine/index.ts";
import { tierOf } from "../tiers/tier.ts";
import { codeOf, region, replacing, samePath, shown } from "./paths.ts";
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
    return replacing(facts)
      .filter((site) => site.operation !== "copy" && tierOf(site, source.path) === "critical")
      .filter((site) => {
        const around = region(facts, site.node, source.root);
        if (around === source.root || locked.test(codeOf(around))) return false;
        return readsFirst(facts, site, around);
      })
      .map((site) => ({
        start: site.node.start,
        end: site.node.end,
        tier: tierOf(site, source.path),
        message: `${shown(targetOf(facts, site))} is read and saved again by one function without a lock: a change made in between is lost.`,
        fix: null,
        target: site.value.text,
        owners: site.owners,
      }));
  },
};

/** What the write ends up in: the path itself, or for a temp the path it is renamed to. */
function targetOf(facts: FileFacts, site: WriteSite): SyntaxNode | null {
  if (site.fate !== "staged" || site.path === null) return site.path;
  const { path } = site;
  const rename = facts.renames.find(
    (one) => one.from !== null && one.node.start > site.node.start && samePath(facts, one.from, path),
  );
  return rename?.to ?? null;
}

function readsFirst(facts: FileFacts, site: WriteSite, around: SyntaxNode): boolean {
  const target = targetOf(facts, site);
  if (target === null) return false;
  const before = (read: ReadSite): boolean => within(read.node, around) && read.node.start <= site.node.start;
  return facts.reads().some((read) => before(read) && samePath(facts, read.path, target));
}
