import type { Store } from "../../store/index.ts";

/** A client in which a lease is held, and that can be stopped and go on as a process can (SIGSTOP, SIGCONT). */
export interface StoppableHolder {
  readonly token: number;
  readonly pause: () => void | Promise<void>;
  /** Goes on, and tells whether the lease's signal had aborted and the code that a commit with its fence failed with. */
  readonly resume: () => Promise<{ readonly aborted: boolean; readonly commitCode: string | undefined }>;
}

/** A fresh, empty store for one case. */
export interface StoreGround {
  /** A client of it; every call gives another one. */
  readonly open: () => Promise<Store>;
  /** Takes a lease in a client that can be stopped. */
  readonly holder: (key: string, ttlMs: number) => Promise<StoppableHolder>;
  /** Closes and removes everything. */
  readonly dispose: () => Promise<void>;
}

/** A name and what must hold. */
export type StoreCheck = readonly [name: string, check: (ground: StoreGround) => Promise<void>];

/** The code of the error that a call fails with; `undefined` if it does not fail. */
export async function codeOfFailure(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
