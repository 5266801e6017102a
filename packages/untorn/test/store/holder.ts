/**
 * A program that holds a lease: prints its token, waits for a line, then tells whether the lease is lost and how a commit
 * with its fence ends. Arguments: directory, key, milliseconds that the lease lasts.
 */
import { once } from "node:events";
import { openStore } from "../../src/store.ts";

const [directory = "", key = "", ttlMs = ""] = process.argv.slice(2);
const store = await openStore(directory);
const lease = await store.lease(key, Number(ttlMs));
console.log(lease.fence.token);
await once(process.stdin, "data");
const commit = store.commit([{ key: "a", put: "the old holder's" }], { fence: lease.fence });
const commitCode = await commit.then(
  () => undefined,
  (error: { code: string }) => error.code,
);
console.log(JSON.stringify({ aborted: lease.signal.aborted, commitCode }));
await store.close();
