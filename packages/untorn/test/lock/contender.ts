// A process that takes and releases one lock as its parent says, and writes into a log, which is the independent witness:
// `in PID` right after it has the lock, `out PID` right before it gives it up.
import { openSync, readFileSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { lockOn } from "../../src/lock/index.ts";
import type { FileLock } from "../../src/lock/index.ts";
import { isUntornError, nodePort } from "../../src/platform/index.ts";
import type { LockHolder } from "../../src/platform/index.ts";

export type Order =
  /** Take the lock; hold it for `holdMs`, or until told. */
  | { readonly op: "lock"; readonly timeoutMs: number; readonly holdMs?: number; readonly shared?: boolean }
  | { readonly op: "release" }
  | { readonly op: "assert" }
  /** Add one to a plain number in a file, this many times, each time under the lock. */
  | { readonly op: "count"; readonly times: number; readonly sync: boolean }
  | { readonly op: "exit" };

export type Answer =
  | { readonly event: "ready" }
  | { readonly event: "got"; readonly pid: number; readonly at: string }
  | {
      readonly event: "failed";
      readonly code: string;
      readonly message: string;
      readonly holders: readonly LockHolder[];
    }
  | { readonly event: "released" }
  | { readonly event: "asserted"; readonly code: string | null; readonly aborted: boolean }
  | { readonly event: "counted"; readonly violations: number; readonly longestWaitMs: number };

const [, , path = "", logPath = ""] = process.argv;
const log = openSync(logPath, "a");
const { UNTORN_TEST_UID: uid } = process.env;
if (uid !== undefined) {
  // What only root may read is loaded first.
  void nodePort.traits.kernelLocks;
  process.setgroups?.([]);
  process.setgid?.(Number(uid));
  process.setuid?.(Number(uid));
}
const locks = lockOn(nodePort);
let held: FileLock | undefined;
let ending = false;

const say = (answer: Answer): void => void process.send?.(answer);
const witness = (word: string): void => void writeSync(log, `${word} ${process.pid}\n`);

async function release(): Promise<void> {
  witness("out");
  await held?.release();
  held = undefined;
  say({ event: "released" });
}

async function take(order: Order & { op: "lock" }): Promise<void> {
  try {
    held = await locks.lock(path, { timeoutMs: order.timeoutMs, purpose: "a test", shared: order.shared === true });
    const at = process.hrtime.bigint().toString();
    witness("in");
    say({ event: "got", pid: process.pid, at });
  } catch (error) {
    if (!isUntornError(error)) throw error;
    say({ event: "failed", code: error.code, message: error.message, holders: error.holders ?? [] });
    return;
  }
  if (order.holdMs !== undefined) setTimeout(() => void release(), order.holdMs);
}

async function count(order: Order & { op: "count" }): Promise<void> {
  let violations = 0;
  let longestWaitMs = 0;
  const add = (): void => {
    try {
      // Nobody else may be in here: O_EXCL says so, whatever the lock says.
      writeFileSync(`${path}.marker`, "", { flag: "wx" });
    } catch {
      violations += 1;
    }
    writeFileSync(path, String(Number(readFileSync(path, "utf8")) + 1));
    unlinkSync(`${path}.marker`);
  };
  for (let i = 0; i < order.times; i++) {
    const asked = performance.now();
    if (order.sync) {
      const lock = locks.lockSync(path, { timeoutMs: 60_000 });
      longestWaitMs = Math.max(longestWaitMs, performance.now() - asked);
      add();
      lock[Symbol.dispose]();
    } else {
      await locks.withLock(path, { timeoutMs: 60_000 }, () => {
        longestWaitMs = Math.max(longestWaitMs, performance.now() - asked);
        add();
      });
    }
  }
  say({ event: "counted", violations, longestWaitMs });
}

process.on("message", (order: Order) => {
  if (order.op === "lock") void take(order);
  else if (order.op === "release") void release();
  else if (order.op === "count") void count(order);
  else if (order.op === "exit") {
    ending = true;
    process.disconnect();
  } else {
    const lost = held?.signal;
    let code: string | null = null;
    try {
      held?.assertHeld();
    } catch (error) {
      code = isUntornError(error) ? error.code : String(error);
    }
    say({ event: "asserted", code, aborted: lost?.aborted === true });
  }
});
// A parent that died must not leave contenders behind.
process.on("disconnect", () => !ending && process.exit(1));
say({ event: "ready" });
