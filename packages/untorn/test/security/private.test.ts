import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { judgeRecord, keepLast } from "../../src/jsonl.ts";
import { nodePort } from "../../src/platform/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { openStoreOn } from "../../src/store/index.ts";
import { faultPlan, interceptPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { Appender, updatesOn } from "../../src/update/index.ts";
import { folder, inMemory } from "../atomic/support/places.ts";

/**
 * Content of a private file is at no moment in a file that others may read: not in a temp, a staged file, a backup, a
 * generation, the quarantine or a copy of it. Looked for after every single call of the system, with no umask to help, and
 * with and without hard links, since without them contents are copied (docs/security.md).
 */

const secret = "hunter2-";
const text = (n: number): string => JSON.stringify({ n, secret: secret.repeat(50) });

/** Files with the secret in them that others may read. */
function exposed(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(place, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isFile() !== true || (status.mode & 0o077) === 0) return false;
    // Who may not enter the folder may not read the file either.
    if (closed(place, dirname(path))) return false;
    return readFileSync(path, "utf8").includes(secret);
  });
}

/** One that everybody may look into, as a project's is. */
function openFolder(t: TestContext): string {
  const place = folder(t, inMemory());
  chmodSync(place, 0o755);
  return place;
}

function closed(place: string, directory: string): boolean {
  if ((statSync(directory).mode & 0o011) === 0) return true;
  return directory !== place && closed(place, dirname(directory));
}

interface Work {
  readonly name: string;
  readonly run: (port: Port, path: string) => unknown;
}

const works: readonly Work[] = [
  { name: "writeFile", run: (port, path) => new Files(port).writeFile(path, text(1)) },
  {
    name: "writeFile, a new private file",
    run: (port, path) => new Files(port).writeFile(`${path}.new`, text(1), { mode: 0o600 }),
  },
  {
    name: "writeFile in place",
    run: (port, path) => {
      const busy = faultPlan(port, { fail: "EBUSY", when: ({ verb, args }) => verb === "rename" && args[1] === path });
      return new Files(busy).writeFile(path, text(1), { inPlace: "journaled" });
    },
  },
  {
    name: "generations",
    run: (port, path) => new Files(port, writeKeeping).writeFile(path, text(1), { generations: 2 }),
  },
  { name: "updateFile", run: (port, path) => updatesOn(new Files(port)).updateFile(path, () => text(2)) },
  {
    name: "an append after a torn line",
    run: (port, path) => {
      writeFileSync(path, `${text(0)}\n{"torn":"${secret}`);
      const log = new Appender(new Files(port), { judge: judgeRecord, retain: keepLast });
      return log.append(path, Buffer.from(`${text(1)}\n`), {});
    },
  },
  {
    name: "a transaction",
    run: (port, path) => transactionsOn(port).transaction(dirname(path), (tx) => tx.write("state.json", text(1))),
  },
  {
    name: "a store's commit",
    run: async (port, path) => {
      const store = await openStoreOn(port, dirname(path));
      await store.commit([{ key: "state.json", put: text(1) }]);
      await store.close();
    },
  },
  {
    name: "recovery of a corrupt file from a temp",
    run: (port, path) => {
      writeFileSync(path, `{"cut":"${secret}`);
      writeFileSync(`${path}.tmp.4194399`, text(1), { mode: 0o600 });
      utimesSync(`${path}.tmp.4194399`, 1, 1);
      return recoveryOn(new Files(port), [process.getuid?.() ?? 0]).recover(dirname(path), { apply: true, quietMs: 0 });
    },
  },
];

async function watch(t: TestContext, work: Work, links: boolean): Promise<void> {
  const place = openFolder(t);
  const path = join(place, "state.json");
  writeFileSync(path, text(0), { mode: 0o600 });
  let calls = 0;
  let found = 0;
  const base = links ? nodePort : faultPlan(nodePort, { fail: "EPERM", when: ({ verb }) => verb === "link" });
  const port = interceptPort(base, {
    before: () => undefined,
    after(call) {
      calls += 1;
      assert.deepEqual(exposed(place), [], `after ${call.verb} ${call.path}`);
      found += 1;
    },
  });
  await work.run(port, path);
  assert.ok(calls > 5 && found === calls);
  assert.deepEqual(exposed(place), []);
}

for (const work of works) {
  test(`${work.name}: what is private stays private after every call`, async (t) => {
    const umask = process.umask(0);
    t.after(() => process.umask(umask));
    await watch(t, work, true);
    await watch(t, work, false);
  });
}

test("the look finds what is readable", (t) => {
  const place = openFolder(t);
  writeFileSync(join(place, "open"), secret, { mode: 0o644 });
  writeFileSync(join(place, "private"), secret, { mode: 0o600 });
  mkdirSync(join(place, "shut"), { mode: 0o700 });
  writeFileSync(join(place, "shut/inside"), secret, { mode: 0o644 });
  assert.deepEqual(exposed(place), ["open"]);
});
