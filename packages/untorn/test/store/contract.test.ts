import { once } from "node:events";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openStore } from "../../src/store.ts";
import type { Store } from "../../src/store.ts";
import { memoryStore, storeContract } from "../../src/testing/index.ts";
import type { StoreGround } from "../../src/testing/index.ts";

const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);
const effort = Number(process.env["UNTORN_EFFORT"] ?? 1);
const holderProgram = fileURLToPath(new URL("./holder.js", import.meta.url));

describe("the store in memory", () => {
  for (const { name, run } of storeContract(memoryGround, { seed, histories: 100 * effort })) test(name, run);
});

describe("the store in a directory", () => {
  for (const { name, run } of storeContract(directoryGround, { seed, histories: 12 * effort })) test(name, run);
});

function memoryGround(): StoreGround {
  const first = memoryStore();
  const opened: Store[] = [first];
  return {
    async open() {
      const store = first.anotherClient();
      opened.push(store);
      return store;
    },
    async holder(key, ttlMs) {
      const store = first.anotherClient();
      opened.push(store);
      const lease = await store.lease(key, ttlMs);
      return {
        token: lease.fence.token,
        pause: () => store.pause(),
        async resume() {
          store.resume();
          const commit = store.commit([{ key: "a", put: "the old holder's" }], { fence: lease.fence });
          const commitCode = await commit.then(
            () => undefined,
            (error: { code: string }) => error.code,
          );
          return { aborted: lease.signal.aborted, commitCode };
        },
      };
    },
    async dispose() {
      await Promise.all(opened.map((store) => store.close()));
    },
  };
}

function directoryGround(): StoreGround {
  const directory = mkdtempSync(join(tmpdir(), "untorn-store-"));
  const opened: Store[] = [];
  const holders: { readonly child: ChildProcess; readonly ended: Promise<unknown> }[] = [];
  return {
    async open() {
      const store = await openStore(directory, { pollMs: 10 });
      opened.push(store);
      return store;
    },
    async holder(key, ttlMs) {
      const child = spawn(process.execPath, [holderProgram, directory, key, String(ttlMs)], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const ended = once(child, "exit");
      holders.push({ child, ended });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const line = async (): Promise<string> => (await lines.next()).value as string;
      const token = Number(await line());
      return {
        token,
        pause: () => void child.kill("SIGSTOP"),
        async resume() {
          child.kill("SIGCONT");
          child.stdin.end("now\n");
          const answer = JSON.parse(await line()) as { aborted: boolean; commitCode: string | undefined };
          // It still gives its lease back.
          await ended;
          return answer;
        },
      };
    },
    async dispose() {
      // One that was stopped in the middle of a failed test would stay for ever; SIGKILL ends a stopped process, too.
      for (const { child } of holders) child.kill("SIGKILL");
      await Promise.all(holders.map(({ ended }) => ended));
      await Promise.all(opened.map((store) => store.close()));
      await removeAll(directory);
    },
  };
}

/** A lock's folder is taken away a moment after the lock: what goes on in the folder has to end first. */
async function removeAll(directory: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tries === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
