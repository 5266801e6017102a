import { ownerNames } from "../analysis/grammar.ts";
import type { WriteSite } from "../analysis/site.ts";
import { tierOf } from "../tiers/tier.ts";
import { shown } from "./paths.ts";
import type { Rule } from "./rule.ts";

/** A file is renamed from the system's temp folder. */
export const tempOnOtherFilesystem: Rule = {
  name: "temp-on-other-filesystem",
  title: "A file is renamed from the temp folder",
  risk: "The temp folder is often another file system. A rename across file systems fails (EXDEV), or, with `mv` and `shutil.move`, turns into a copy over the target that a crash cuts short.",
  remedy: "Create the temp file beside its target, in the same folder.",
  families: ["javascript", "python", "bash"],
  level: "finding",
  check(source, facts) {
    return facts.renames.flatMap((rename) => {
      const { node, from, to } = rename;
      if (from === null || to === null) return [];
      const value = facts.evaluate(to);
      if (!facts.evaluate(from).elsewhere || value.temporary) return [];
      const owners = ownerNames(node, facts.grammar);
      const site: WriteSite = {
        node,
        callee: "rename",
        api: "rename",
        operation: "copy",
        fate: "torn",
        path: to,
        value,
        data: null,
        source: null,
        owners,
        mode: null,
      };
      return [
        {
          start: node.start,
          end: node.end,
          tier: tierOf(site, source.path),
          message: `${shown(from)} lies in the temp folder, which may be another file system than that of ${shown(to)}.`,
          fix: null,
          target: value.text,
          owners,
        },
      ];
    });
  },
};
