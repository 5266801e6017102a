import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import { supportFor } from "../languages.ts";
import type { PlannedFix } from "./change.ts";

/**
 * What `untorn fix` can do about a torn write; null where only a person can. Marked unsafe where a new file in the place
 * of the old one may be noticed: below /etc, /dev and the like, shell start-up files, logs that somebody follows,
 * programs that may be running.
 */
export function fixOf(source: Source, site: WriteSite): PlannedFix | null {
  const plan = supportFor(source.family).plan(source, site);
  return plan !== null && plan.safe && isNoticed(site) ? { ...plan, safe: false } : plan;
}

function isNoticed({ value }: WriteSite): boolean {
  const { text } = value;
  const base = text.slice(text.lastIndexOf("/") + 1);
  if (value.maybeDevice === true) return true;
  if (/^\/(etc|dev|proc|sys|run)\//.test(text)) return true;
  if (/\/s?bin\/[^/]*$/.test(text) || /^\.(bash|zsh|profile|login|cshrc|gitconfig|netrc|inputrc)/.test(base))
    return true;
  return (
    /\.(log|out)$/i.test(base) ||
    value.names.slice(0, 2).some((name) => /(^|[._])(live_?)?log_?(file|path)?$|Log(File|Path)?$/i.test(name))
  );
}
