import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { lockFolderName } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { contender, readWitness, temporaryFolder, ways } from "./processes.ts";

const rounds = 200;
const crowd = 8;

/** A folder that was in use a moment ago may be removed right under us. */
function forge(folder: string, name: string): void {
  for (let tries = 1; ; tries++) {
    try {
      mkdirSync(folder, { recursive: true });
      return writeFileSync(join(folder, name), "");
    } catch (error) {
      if (tries === 100) throw error;
    }
  }
}

for (const way of ways) {
  test(`${way.name}: ${crowd} contenders start at once on a dead holder's lock, ${rounds} times: never two`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    const folder = temporaryFolder();
    const log = join(folder, "log");
    const path = join(folder, "state.json");
    const all = await Promise.all(Array.from({ length: crowd }, () => contender(way, path, log)));
    try {
      const { pid } = spawnSync("true");
      const lockFolder = join(folder, lockFolderName("state.json"));
      for (let round = 0; round < rounds; round++) {
        const kind = way.env.UNTORN_NATIVE === "1" ? "xk" : "xp";
        forge(lockFolder, `${kind}-${pid}-1-${nodePort.identity.scope}-00000000${String(round + 1e7)}`);
        for (const one of all) one.tell({ op: "lock", timeoutMs: 30_000, holdMs: 0 });
        await Promise.all(all.map((one) => one.hear("released")));
      }
    } finally {
      await Promise.all(all.map((one) => one.end()));
    }
    assert.deepEqual(readWitness(log), { violations: 0, entries: crowd * rounds });
    assert.deepEqual(readdirSync(folder), ["log"], "no lock folder stays");
    assert.ok(!existsSync(path));
  });
}
