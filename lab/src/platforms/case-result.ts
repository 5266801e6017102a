/** What became of one case of a test file. */
export interface CaseResult {
  readonly file: string;
  /** The names of the suites around it, the outermost first, with " > " between; empty if there are none. */
  readonly suite: string;
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  /** Why it was skipped, or what it failed with. */
  readonly detail: string;
}
