/** `synced`: done. `off`: not asked for. `unsupported`: the platform cannot; `notes` has the reason. */
export type SyncState = "synced" | "off" | "unsupported";

/** What happened, once the call has succeeded. */
export interface Receipt {
  /** The file that was written: symbolic links followed. */
  readonly path: string;
  /** Size of the content in bytes. */
  readonly bytes: number;
  /** SHA-256 of the content in hex. */
  readonly etag: string;
  /** Whether the file's content was replaced; `false` with `skipUnchanged` where it was the same already. */
  readonly changed: boolean;
  /** Whether there was no such file before. */
  readonly created: boolean;
  /** How the content got in place. */
  readonly via: "rename" | "link" | "in-place" | "none";
  readonly synced: {
    readonly file: SyncState;
    readonly directory: SyncState;
    /** Directories that were made on the way (`mkdir`), outermost first; synced as `directory` is. */
    readonly createdDirectories: readonly string[];
  };
  readonly metadata: {
    /** `mode`, `owner`, `attributes`: taken over from the file that was there, or set as asked. */
    readonly kept: readonly string[];
    /** What could not be kept, with the reason. */
    readonly lost: readonly string[];
  };
  /** How often the replace was tried; more than 1 only on Windows, where another program may hold the file. */
  readonly attempts: number;
  /** Calls that this one write answers (`coalesce`); 1 otherwise. */
  readonly calls: number;
  /** Reasons for what is `unsupported`. */
  readonly notes: readonly string[];
}
