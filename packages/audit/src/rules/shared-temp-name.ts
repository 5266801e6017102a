import type { FileFacts, WriteSite } from "../analysis/site.ts";
import { wordsOf } from "../tiers/evidence.ts";
import { tierOf } from "../tiers/tier.ts";
import { samePath, shown } from "./paths.ts";
import type { Rule } from "./rule.ts";

const marker = /\.?(te?mp|temp|new|part|partial|swp|staging|staged)\b|[._-]te?mp$/i;
/** What makes a name one writer's own, as a word of what is added to it: `process.pid`, `uuid4()`, `Date.now()`. */
const unique =
  /^(pid|getpid|bashpid|rand|random|srandom|uuid|guid|nanoid|ulid|cuid|now|time|stamp|timestamp|mktemp|mkstemp|mkdtemp|tempfile|counter|count|seq|sequence|nonce|hex|hrtime|crypto|unique|uniq|uid|thread|ident|worker|token|id|suffix|salt)$/;

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
      .filter((site) => isShared(facts, site))
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

/** Whether nothing that is added to the target's name tells one writer from another. */
function isShared(facts: FileFacts, { path, value, node }: WriteSite): boolean {
  if (path === null) return false;
  const base = value.text.slice(value.text.lastIndexOf("/") + 1);
  if (!marker.test(base.replace(/<[^<>]*>/g, ""))) return false;
  const rename = facts.renames.find(
    (one) => one.from !== null && one.node.start > node.start && samePath(facts, one.from, path),
  );
  const target = rename?.to ? facts.evaluate(rename.to) : null;
  const unknown = [...base.replace(target?.text || "<>", "").matchAll(/<([^<>]*)>/g)].map((match) => match[1] ?? "");
  // The name that the temp goes by here says nothing about what it is called on disk.
  const own = new Set([...(target?.names ?? []), path.text]);
  const names = value.names.filter((name) => !own.has(name));
  return ![...unknown.filter((name) => !own.has(name)), ...names].some(isUnique);
}

function isUnique(name: string): boolean {
  if (/^\$+$/.test(name)) return true;
  // `path.suffix` is the extension that the target has too.
  return wordsOf(name.replace(/\.(suffix|stem|name)\b/g, "")).some((word) => unique.test(word));
}
