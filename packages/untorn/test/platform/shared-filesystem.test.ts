import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { lockFolderName, lockOn } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { place } from "./place.ts";

const skip =
  (process.platform !== "linux" && "only Linux tells filesystems by a number") ||
  (!nodePort.traits.kernelLocks && "no kernel locks here");

test(
  "where a server may keep locks to one machine, the kernel's prove nothing and are not used",
  { skip },
  async (t) => {
    const folder = place(t);
    const { statfsSync } = fs;
    t.after(() => {
      fs.statfsSync = statfsSync;
      syncBuiltinESMExports();
    });
    const kindOn = async (type: number | undefined): Promise<string | undefined> => {
      fs.statfsSync = ((path: string) => {
        if (type === undefined) throw new Error("it cannot be told");
        return Object.assign(statfsSync(path), { type });
      }) as typeof statfsSync;
      syncBuiltinESMExports();
      const path = join(folder, "state.json");
      const held = await lockOn(nodePort).lock(path, { timeoutMs: 0 });
      try {
        return fs.readdirSync(join(folder, lockFolderName("state.json")))[0]?.slice(0, 2);
      } finally {
        await held.release();
      }
    };
    // ext4, xfs, btrfs, tmpfs; then NFS, SMB, CIFS (negative where the number is signed), FUSE, 9p.
    for (const type of [0xef53, 0x58465342, 0x9123683e, 0x01021994]) assert.equal(await kindOn(type), "xk");
    for (const type of [0x6969, 0x517b, 0xff534d42, 0xff534d42 - 2 ** 32, 0x65735546, 0x01021997, undefined])
      assert.equal(await kindOn(type), "xp", String(type));
  },
);
