import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldLease } from "../../src/store/index.ts";
import type { LeaseCalls } from "../../src/store/index.ts";

const fence = { key: "job", token: 1 };

function held(ttlMs: number, renew: LeaseCalls["renew"]): HeldLease {
  // A clock that stands still: what is slow here does not end a lease.
  return new HeldLease(fence, ttlMs, ttlMs, { renew, giveBack: async () => {}, now: () => 0 });
}

const later = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

test("a lease for longer than a timer can wait is not renewed all the time", async () => {
  let renewals = 0;
  const lease = held(365 * 86_400_000, async (_, ttlMs) => {
    renewals += 1;
    return ttlMs;
  });
  await later(100);
  assert.equal(renewals, 0);
  await lease.release();
});

test("a lease counts as lost where renewing it fails for a reason that nobody foresaw", async () => {
  const cause = new TypeError("unforeseen");
  const lease = held(60, () => Promise.reject(cause));
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const { signal } = lease;
  for (let waits = 0; !signal.aborted && unhandled.length === 0 && waits < 1000; waits += 1) await later(5);
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
  const reason = signal.reason as { code: string; cause: unknown; message: string };
  assert.equal(reason.code, "UNTORN_FENCED");
  assert.equal(reason.cause, cause);
  assert.match(reason.message, /renewing it failed/);
});
