// What no simulated machine can show: that a sync on a real one is an fsync(2), and of the right file.
import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { nodePort } from "../../src/platform/index.ts";
import { place } from "./place.ts";

/** Counts the real calls, by inode. */
function watchSyncs(t: TestContext): number[] {
  const { fsync, fsyncSync } = fs;
  const synced: number[] = [];
  const note = (handle: number): void => void synced.push(fs.fstatSync(handle).ino);
  fs.fsyncSync = (handle) => {
    note(handle);
    fsyncSync(handle);
  };
  fs.fsync = Object.assign((handle: number, done: fs.NoParamCallback) => {
    note(handle);
    fsync(handle, done);
  }, fsync);
  syncBuiltinESMExports();
  t.after(() => {
    Object.assign(fs, { fsync, fsyncSync });
    syncBuiltinESMExports();
  });
  return synced;
}

// In Bun and Deno what is put into node:fs is not seen by those who have imported it.
const skip =
  ("bun" in process.versions || "deno" in process.versions) &&
  "only Node lets a test stand between a module and node:fs";

test("each sync of a file or a directory, of either kind, is one fsync(2) of that very one", { skip }, async (t) => {
  const folder = place(t);
  const path = join(folder, "state.json");
  fs.writeFileSync(path, "{}");
  const [file, directory] = [fs.statSync(path).ino, fs.statSync(folder).ino];
  const synced = watchSyncs(t);
  const handle = nodePort.fs.open(path, "overwrite", 0);
  const { fs: now, later } = nodePort;
  // Windows is asked for a directory as well, and refuses.
  const onWindows = { unsupported: "directories cannot be synced here (EPERM)" };
  try {
    for (const [ino, sync] of [
      [file, () => now.fsync(handle)],
      [file, () => later.fsync?.(handle)],
      [directory, () => now.syncDirectory(folder)],
      [directory, () => later.syncDirectory?.(folder)],
    ] as const) {
      synced.length = 0;
      const outcome = await sync();
      assert.deepEqual(synced, [ino]);
      assert.deepEqual(outcome, process.platform === "win32" && ino === directory ? onWindows : "synced");
    }
  } finally {
    fs.closeSync(handle);
  }
});
