/** What every document function takes beside its input. */
export interface DocumentOptions {
  /** The file's name, for error messages only; nothing is opened. */
  readonly path?: string;
}
