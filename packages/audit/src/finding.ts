/** How much is lost when the file is: state, configuration and credentials; code and patches; documents, logs and reports. */
export type Tier = "critical" | "high" | "medium";

/** The tiers, the gravest first: state and configuration, code and patches, documents and logs. */
export const tiers: readonly Tier[] = ["critical", "high", "medium"];

/** What `untorn fix` can do about a finding; `safe` changes nothing but the tearing. */
export interface FixSummary {
  readonly safe: boolean;
  /** The shape of the change: `replace-call`, `atomic-open`, `staged-redirect`, ... */
  readonly kind: string;
}

/** One thing found; lines and columns count from 1, and the end is exclusive. */
export interface Finding {
  readonly rule: string;
  readonly tier: Tier;
  /** Relative to the root of the audit, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  /** The line the finding begins on, without its indent. */
  readonly snippet: string;
  readonly fix: FixSummary | null;
  /** Why it is known and left alone: an `untorn-ignore` comment, or the baseline. */
  readonly suppressed?: { readonly by: "comment" | "baseline"; readonly reason: string };
}
