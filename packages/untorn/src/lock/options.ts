import type { Protocol } from "../protocol/index.ts";

export interface LockOptions {
  /** How long to wait for the lock, milliseconds; 0: try once; `Infinity`: as long as it takes. 10,000 if left out. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait with UNTORN_ABORTED. The lock, once had, is not affected. */
  readonly signal?: AbortSignal | undefined;
  /** What the lock is for, in words: shown to everybody who has to wait for it. Cut to 1,000 characters. */
  readonly purpose?: string | undefined;
  /**
   * Shared holders may be many, and keep exclusive ones out; a steady stream of overlapping ones can keep an exclusive one
   * waiting until its time is over. Exclusive if left out.
   */
  readonly shared?: boolean | undefined;
}

/** For protocols that larger protocols are made of. */
export interface AcquireOptions extends LockOptions {
  /** The call blocks the thread (`runSync`): it then does not wait for another call of this same process. */
  readonly blocking?: boolean | undefined;
  /**
   * Completes or takes back what a crashed transaction left in this root; does nothing if one is at work there. Left out:
   * the call waits for somebody else to do it.
   */
  readonly settle?: ((root: string) => Protocol<void>) | undefined;
  /** Take the lock also where a transaction is being committed: for that transaction's own root lock. */
  readonly overJournals?: boolean | undefined;
  /**
   * The lock's record may outlast it for a moment and be used again, with its token: see `rest.ts`. Not for locks whose
   * fence is given to anybody.
   */
  readonly mayRest?: boolean | undefined;
}

export interface Request {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly purpose: string | undefined;
  readonly shared: boolean;
  readonly blocking: boolean;
  readonly settle: ((root: string) => Protocol<void>) | undefined;
  readonly overJournals: boolean;
  readonly mayRest: boolean;
}

const defaultTimeoutMs = 10_000;

export function requestOf(options: AcquireOptions): Request {
  const { timeoutMs = defaultTimeoutMs, signal, purpose, shared = false, blocking = false } = options;
  const { settle, overJournals = false, mayRest = false } = options;
  return { timeoutMs, signal, purpose, shared, blocking, settle, overJournals, mayRest };
}
