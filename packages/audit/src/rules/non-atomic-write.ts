import type { WriteSite } from "../analysis/site.ts";
import { fixOf } from "../fix/plan.ts";
import { tierOf } from "../tiers/tier.ts";
import type { Rule } from "./rule.ts";

/** A persistent file is truncated, or copied over, in place. */
export const nonAtomicWrite: Rule = {
  name: "non-atomic-write",
  title: "A file is overwritten in place",
  risk: "The old content is gone before the new content is there. A crash, a full disk or a reader at that moment finds an empty file or a part of one.",
  remedy:
    "Write a temporary file beside the target, sync it, and rename it over the target: `writeFile` of untorn, the Python helper that `untorn fix` adds, or `untorn write FILE -- COMMAND` in a shell.",
  families: ["javascript", "python", "bash"],
  level: "finding",
  check(source, facts) {
    return facts.sites
      .filter((site) => site.fate === "torn")
      .map((site) => ({
        start: site.node.start,
        end: site.node.end,
        tier: tierOf(site, source.path),
        message: describe(site),
        fix: fixOf(source, site),
        target: site.value.text,
        owners: site.owners,
      }));
  },
};

function describe(site: WriteSite): string {
  const path = site.path === null ? "a file" : shorten(site.path.text);
  switch (site.operation) {
    case "copy":
      return `${site.callee} copies over ${path} in place: until the copy is complete, the target holds a part of it.`;
    case "stream":
      return `${site.callee} empties ${path} and fills it piece by piece: a failure leaves what had arrived.`;
    case "redirect":
      return `The shell empties ${path} before the command runs: a failed or interrupted command leaves an empty or partial file.`;
    case "command":
      return `${site.callee} writes ${path} in place: an interrupted run leaves a part of the new content.`;
    default:
      return `${site.callee} empties ${path} before the new content is written: a crash or a full disk leaves an empty or partial file.`;
  }
}

function shorten(text: string): string {
  const flat = text.replace(/\s+/g, " ");
  return flat.length > 60 ? `${flat.slice(0, 57)}...` : flat;
}
