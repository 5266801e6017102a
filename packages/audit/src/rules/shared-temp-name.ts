import { tierOf } from "../tiers/tier.ts";
import { shown } from "./paths.ts";
import type { Rule } from "./rule.ts";

const marker = /\.?(te?mp|temp|new|part|partial|swp|staging|staged)\b|[._-]te?mp$/i;
/** What makes a name one writer's own. */
const unique =
  /pid|\$$|rand|uuid|nanoid|ulid|now\b|time|stamp|mktemp|mkstemp|tempfile|mkdtemp|counter|sequence|nonce|hex|BASHPID|hrtime|crypto|unique|thread|ident|worker|suffix|token|\bid\b|Id\b/i;

/** A temp file whose name every writer shares. */
export const sharedTempName: Rule = {
  name: "shared-temp-name",
  title: "Every writer uses the same temp file",
  risk: "Two writers at the same time write into one temp file, and one of them publishes a mixture; a suffix that replaces the extension also makes `a.json` and `a.md` share one temp.",
  remedy:
    "Give each writer its own temp: process id and random bits in the name, created with `wx` or `O_EXCL`, or `mktemp`.",
  families: ["javascript", "python", "bash"],
  level: "finding",
  check(source, facts) {
    return facts.sites
      .filter((site) => site.fate === "staged" && site.path !== null)
      .filter(({ value }) => {
        const base = value.text.slice(value.text.lastIndexOf("/") + 1);
        return (
          marker.test(base.replace(/<[^<>]*>/g, "")) &&
          !unique.test(base) &&
          !value.names.some((name) => unique.test(name))
        );
      })
      .map((site) => ({
        start: site.node.start,
        end: site.node.end,
        tier: tierOf(site, source.path),
        message: `Every writer of this file uses the same temp, ${shown(site.path)}: two at once publish a mixture.`,
        fix: null,
        target: site.value.text,
        owners: site.owners,
      }));
  },
};
