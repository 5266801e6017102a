// One of the processes of the contended counter: how, path, times. Starts when it is told to.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import lockfile from "proper-lockfile";
import { updateJson } from "untorn/json";
import writeFileAtomic from "write-file-atomic";

const [, , how, path, times] = process.argv;
const retries = { retries: 10_000, factor: 1, minTimeout: 1, maxTimeout: 5, randomize: true };

const add = {
  async "proper-lockfile + write-file-atomic"() {
    const release = await lockfile.lock(path, { retries });
    try {
      const value = JSON.parse(readFileSync(path, "utf8"));
      value.count += 1;
      await writeFileAtomic(path, JSON.stringify(value));
    } finally {
      await release();
    }
  },
  "untorn, normal": () => untorn("normal"),
  "untorn, full": () => untorn("full"),
}[how];

function untorn(durability) {
  return updateJson(path, (value) => void (value.count += 1), { durability, lockTimeoutMs: 120_000 });
}

process.send("ready");
await once(process, "message");
for (let i = 0; i < Number(times); i += 1) await add();
process.disconnect();
