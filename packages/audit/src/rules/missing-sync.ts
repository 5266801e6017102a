import { tierOf } from "../tiers/tier.ts";
import { codeOf, region, shown } from "./paths.ts";
import type { Rule } from "./rule.ts";

const synced = /f(data)?sync|\.sync\s*\(|\.datasync\s*\(|flush:\s*true|F_FULLFSYNC|(^|[\s;&|])sync\b/m;

/** A temp is written and renamed, and nothing is synced. */
export const missingSync: Rule = {
  name: "missing-sync",
  title: "A replaced file is not synced",
  risk: "The rename may reach the disk before the content does: after a power cut the file can be there with zero bytes.",
  remedy: "Sync the temp file before the rename and its folder after it; `writeFile` of untorn does both.",
  families: ["javascript", "python", "bash"],
  level: "note",
  check(source, facts) {
    return facts.sites
      .filter((site) => site.fate === "staged" && !synced.test(codeOf(region(facts, site.node, source.root))))
      .map((site) => ({
        start: site.node.start,
        end: site.node.end,
        tier: tierOf(site, source.path),
        message: `${shown(site.path)} is renamed into place without a sync: after a power cut the file can be empty.`,
        fix: null,
        target: site.value.text,
        owners: site.owners,
      }));
  },
};
