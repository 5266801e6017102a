import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { FixSummary } from "../finding.ts";

/** What `untorn fix` can do about a torn write; null where only a person can. */
export function fixOf(_source: Source, _site: WriteSite): FixSummary | null {
  return null;
}
