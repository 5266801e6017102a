import assert from "node:assert/strict";
import { codeOfFailure } from "./contract-ground.ts";
import type { StoreCheck } from "./contract-ground.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** One holder at a time, and no commit by a former one. */
export const leaseCases: readonly StoreCheck[] = [
  [
    "a lease is given to one client at a time, and to the next when it is released",
    async (ground) => {
      const [one, two] = [await ground.open(), await ground.open()];
      const first = await one.lease("job", 60_000);
      assert.equal(await codeOfFailure(() => two.lease("job", 60_000, { timeoutMs: 30 })), "UNTORN_LOCKED");
      assert.equal(await codeOfFailure(() => one.lease("job", 60_000, { timeoutMs: 0 })), "UNTORN_LOCKED");
      const aborted = two.lease("job", 60_000, { signal: AbortSignal.timeout(30) });
      assert.equal(await codeOfFailure(() => aborted), "UNTORN_ABORTED");
      const other = await two.lease("another job", 60_000);
      const waiting = two.lease("job", 60_000);
      await first.release();
      await first.release();
      const second = await waiting;
      assert.ok(second.fence.token > first.fence.token);
      assert.equal(second.fence.key, "job");
      assert.equal(first.signal.aborted, false);
      await Promise.all([second.release(), other.release()]);
    },
  ],
  [
    "a fence lets the holder commit, and nobody who is not",
    async (ground) => {
      const [one, two] = [await ground.open(), await ground.open()];
      const lease = await one.lease("job", 60_000);
      await one.commit([{ key: "a", put: "1" }], { fence: lease.fence });
      // A fence is plain data: who gets it may commit.
      await two.commit([{ key: "a", put: "2" }], { fence: { ...lease.fence } });
      await lease.release();
      const late = () => one.commit([{ key: "a", put: "3" }], { fence: lease.fence });
      assert.equal(await codeOfFailure(late), "UNTORN_FENCED");
      const next = await two.lease("job", 60_000);
      assert.equal(await codeOfFailure(late), "UNTORN_FENCED");
      const early = { ...next.fence, token: next.fence.token + 1 };
      assert.equal(await codeOfFailure(() => one.commit([{ key: "a", put: "4" }], { fence: early })), "UNTORN_FENCED");
      assert.equal(Buffer.from((await one.get("a"))?.bytes ?? []).toString(), "2");
      await next.release();
    },
  ],
  [
    "a lease is renewed while its holder runs",
    async (ground) => {
      const [one, two] = [await ground.open(), await ground.open()];
      const lease = await one.lease("job", 1_000);
      await sleep(1_700);
      assert.equal(lease.signal.aborted, false);
      assert.equal(await codeOfFailure(() => two.lease("job", 1_000, { timeoutMs: 0 })), "UNTORN_LOCKED");
      await one.commit([{ key: "a", put: "1" }], { fence: lease.fence });
      await lease.release();
    },
  ],
  [
    "closing a client gives up its leases",
    async (ground) => {
      const [one, two] = [await ground.open(), await ground.open()];
      await one.lease("job", 60_000);
      await one.close();
      await (await two.lease("job", 60_000, { timeoutMs: 1_000 })).release();
    },
  ],
  [
    "who is stopped for longer than the lease lasts finds it lost, and its commits refused",
    async (ground) => {
      const store = await ground.open();
      const holder = await ground.holder("job", 800);
      await holder.pause();
      const lease = await store.lease("job", 60_000, { timeoutMs: 20_000 });
      assert.ok(lease.fence.token > holder.token);
      await store.commit([{ key: "a", put: "the new holder's" }], { fence: lease.fence });
      const { aborted, commitCode } = await holder.resume();
      assert.deepEqual([aborted, commitCode], [true, "UNTORN_FENCED"]);
      assert.equal(Buffer.from((await store.get("a"))?.bytes ?? []).toString(), "the new holder's");
      await store.commit([{ key: "a", put: "and on" }], { fence: lease.fence });
      await lease.release();
    },
  ],
  [
    "a lease that has expired is over, even if nobody has taken it",
    async (ground) => {
      const store = await ground.open();
      const holder = await ground.holder("job", 500);
      await holder.pause();
      await sleep(900);
      const { aborted, commitCode } = await holder.resume();
      assert.deepEqual([aborted, commitCode], [true, "UNTORN_FENCED"]);
      assert.equal(await store.get("a"), undefined);
    },
  ],
];
