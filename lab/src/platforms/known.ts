import type { CaseResult } from "./case-result.ts";

/**
 * What a platform does not have, case by case, with the reason. A case of this list that passes is reported as well: then the
 * entry has to go. Everything else that fails is a failure.
 */
export interface Known {
  /** The platform's name begins with it. */
  readonly platform: string;
  /** The end of the file's path. */
  readonly file: string;
  /** The suites around the case (`CaseResult`); any if left out. */
  readonly suite?: string;
  /** What the case's name begins with; every case of the file if left out. */
  readonly name?: string;
  readonly reason: string;
  /** For what happens at some times only: a pass is no surprise. */
  readonly sometimes?: true;
}

const ownSystemCalls =
  "Bun makes its system calls itself, past the libc functions that the preloaded library counts and fails";
const stoppedChannel =
  "Deno hears nothing more from a child process that was stopped (SIGSTOP), nor that it has ended, with or without untorn";

const noLinksInWine = "Wine makes no symbolic links, and says that it has";

export const known: readonly Known[] = [
  {
    platform: "windows",
    file: "transaction/transaction.test.js",
    name: "mode, owner and links of what it replaces are kept",
    reason: "Windows has only a read-only flag: a mode that cannot be set is refused",
  },
  {
    platform: "windows",
    file: "transaction/transaction.test.js",
    name: "a symbolic link that leads out",
    reason: noLinksInWine,
  },
  {
    platform: "windows",
    file: "transaction/transaction.test.js",
    name: "a transaction whose lock was broken",
    reason:
      "Wine keeps the name of a file that was removed as long as it is open, so that nobody sees that its lock was taken away",
  },
  {
    platform: "windows",
    file: "store/directory.test.js",
    name: "nothing is reached through a symbolic link",
    reason: noLinksInWine,
  },
  { platform: "bun", file: "kill/system-calls.test.js", reason: ownSystemCalls },
  { platform: "bun", file: "kill/commands.test.js", reason: ownSystemCalls },
  {
    platform: "bun",
    file: "crash/peers.test.js",
    reason: "the simulator takes the place of node:fs through hooks of Node's module loader, which Bun does not have",
  },
  {
    platform: "bun",
    file: "update/jsonl.test.js",
    name: "readLines holds a piece of the file",
    reason: "Bun counts the buffers that are to be collected, too, and collects them when it wants to",
    sometimes: true,
  },
  {
    platform: "deno",
    file: "lock/living-holder.test.js",
    name: "fallback: a stopped holder is never robbed",
    reason: stoppedChannel,
  },
  {
    platform: "deno",
    file: "store/contract.test.js",
    suite: "the store in a directory",
    name: "who is stopped for longer than the lease lasts",
    reason: stoppedChannel,
  },
  {
    platform: "deno",
    file: "store/contract.test.js",
    suite: "the store in a directory",
    name: "a lease that has expired is over",
    reason: stoppedChannel,
  },
  {
    platform: "deno",
    file: "store/transactions.test.js",
    name: "the lease of a process that was killed is free at once",
    reason: stoppedChannel,
  },
  {
    platform: "deno",
    file: "update/append-processes.test.js",
    name: "a limit on the size of files leaves the log as it was",
    reason:
      "Deno writes on after a short write, and says only that it failed: what arrived is not known to be ours, so it stays",
  },
  {
    platform: "deno",
    file: "testing/file-system-contract.test.js",
    name: "real: an error carries code",
    reason: "Deno's errors name other system calls",
  },
  {
    platform: "deno",
    file: "testing/node-fs.test.js",
    name: "the simulated node:fs answers as the real one does: synchronous",
    reason: "the simulator stands for Node's fs, and Deno's words and codes of errors are others",
  },
];

/** The entry that a case falls under. */
export function knownFor(platform: string, { file, suite, name }: CaseResult): Known | undefined {
  return known.find(
    (entry) =>
      platform.startsWith(entry.platform) &&
      file.endsWith(entry.file) &&
      (entry.suite === undefined || suite === entry.suite) &&
      (entry.name === undefined || name.startsWith(entry.name)),
  );
}
