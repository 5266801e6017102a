import type { FileContent } from "../atomic/index.ts";

/** How one file is written in a transaction. */
export interface TransactionWriteOptions {
  /** Permission bits, exact. Default: those of the file that is there. */
  readonly mode?: number;
  /** Encoding of text. Default `utf8`. */
  readonly encoding?: BufferEncoding;
  /** As the transaction's option, for this file. */
  readonly generations?: number;
  /**
   * Only if the file has just this content, as the transaction sees it; else UNTORN_CONFLICT. It is the `etag` of a read, or all that
   * the read returned, which is quicker: then bytes are compared, and no digest is taken. They must be those of the etag, and not be
   * changed before the transaction has ended. The commit looks at the file.
   */
  readonly ifMatch?: string | Pick<FileContent<Uint8Array | string>, "etag" | "data">;
  /**
   * `true` (default): bytes are copied, and the caller may go on using its buffer at once. `false`: they must not be changed before the
   * transaction has ended. Of some megabytes the copy takes about a tenth of the whole time.
   */
  readonly copy?: boolean;
  /** Only where there is no file; else UNTORN_EXISTS. With `onConflict: "fail"`, a file that comes in between is UNTORN_CONFLICT. */
  readonly ifAbsent?: boolean;
}
