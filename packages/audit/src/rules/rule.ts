import type { FileFacts } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { Family } from "../engine/index.ts";
import type { PlannedFix } from "../fix/change.ts";
import type { Tier } from "../finding.ts";

/** What a rule says about one place of a file; offsets into its text. */
export interface Report {
  readonly start: number;
  readonly end: number;
  readonly tier: Tier;
  readonly message: string;
  readonly fix: PlannedFix | null;
  /** The path that is written, as far as it is known; configured tiers are matched against it. */
  readonly target: string;
  /** The functions and classes around the place, innermost first. */
  readonly owners: readonly string[];
}

export interface Rule {
  readonly name: string;
  /** One line, as a heading. */
  readonly title: string;
  /** What can happen to the file. */
  readonly risk: string;
  /** What to do instead. */
  readonly remedy: string;
  readonly families: readonly Family[];
  /** A note says that something could be better, and is shown only when it is asked for. */
  readonly level: "finding" | "note";
  check(source: Source, facts: FileFacts): readonly Report[];
}
