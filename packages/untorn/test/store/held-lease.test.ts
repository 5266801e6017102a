import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldLease } from "../../src/store/index.ts";
import type { LeaseCalls } from "../../src/store/index.ts";

const fence = { key: "job", token: 1 };

function held(ttlMs: number, renew: LeaseCalls["renew"]): HeldLease {
  return new HeldLease(fence, ttlMs, Date.now() + ttlMs, { renew, giveBack: async () => {}, now: Date.now });
}

const later = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

test("a lease for longer than a timer can wait is not renewed all the time", async () => {
  let renewals = 0;
  const lease = held(365 * 86_400_000, async (_, ttlMs) => {
    renewals += 1;
    return Date.now() + ttlMs;
  });
  await later(100);
  assert.equal(renewals, 0);
  await lease.release();
});
