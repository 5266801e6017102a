/** One heading on the way to a section: its text, and which one if several have that text (counted from 0). */
export type HeadingStep = string | { readonly heading: string; readonly index: number };

/** A heading, or the headings from the outermost to the one that is meant: `["Phase Details", "Phase 2"]`. */
export type HeadingPath = HeadingStep | readonly HeadingStep[];

/** Where to look. */
export interface Where {
  /** Look only in the section under this heading, which includes the headings below it. */
  readonly under?: HeadingPath;
  /** Which one, counted from 0, if there are several. Without it several are an error. */
  readonly index?: number;
  /** The file's name for error messages. */
  readonly path?: string;
}
