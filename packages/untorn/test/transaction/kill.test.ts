import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseTempName } from "../../src/atomic/index.ts";
import { transaction } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { SeededRandom } from "../../src/testing/index.ts";
import { ended, startChild } from "../atomic/support/children.ts";

/**
 * Real processes, killed (SIGKILL) right before a call of the port, on a real file system: in a transaction, and again in
 * the recovery of what that left. UNTORN_EFFORT=4 kills before every call, else it is every fourth, from a place that the seed says.
 */
const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);
const stride = Math.max(1, Math.round(4 / Number(process.env["UNTORN_EFFORT"] ?? 1)));
const transactions = new URL("../../src/transaction/index.js", import.meta.url).href;

const before: Readonly<Record<string, string>> = { "a.txt": "old a", "d/b.txt": "old b", "gone.txt": "gone" };
const after: Readonly<Record<string, string>> = { "a.txt": "new a", "d/b.txt": "new b", "made/c.txt": "made" };

/** A process that changes the files, or only recovers, and is killed before its `at`-th call. */
const killed = (root: string, at: number, recover: boolean): string => `
const { transactionsOn } = await import(${JSON.stringify(transactions)});
const killing = interceptPort(nodePort, {
  before(call) {
    if (call.index === ${at}) process.kill(process.pid, "SIGKILL");
  },
});
await transactionsOn(killing).transaction(${JSON.stringify(root)}, async (tx) => {
  if (${recover}) return;
  await tx.write("a.txt", "new a");
  await tx.write("d/b.txt", "new b");
  await tx.write("made/c.txt", "made");
  await tx.remove("gone.txt");
});
`;

async function run(code: string): Promise<boolean> {
  const child = startChild(code);
  child.stdin?.end();
  const result = await ended(child);
  if (result.signal !== "SIGKILL") assert.equal(result.code, 0);
  return result.signal === "SIGKILL";
}

function look(root: string): string {
  const names = (readdirSync(root, { recursive: true }) as string[]).filter(
    (name) => !name.split("/").some((part) => part.startsWith(".")) && statSync(join(root, name)).isFile(),
  );
  return JSON.stringify(names.toSorted().map((name) => [name, readFileSync(join(root, name), "utf8")]));
}

const listed = (files: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));

test(`killed before the calls of a transaction and of its recovery: all old or all new (seed ${seed})`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "untorn-tx-kill-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const random = new SeededRandom(seed);
  const found = { kills: 0, recoveriesKilled: 0, old: 0, new: 0, halfway: 0 };
  const one = async (at: number, recoverAt: number): Promise<boolean> => {
    const root = join(folder, String(at));
    mkdirSync(join(root, "d"), { recursive: true });
    for (const [name, text] of Object.entries(before)) writeFileSync(join(root, name), text);
    const wasKilled = await run(killed(root, at, false));
    if (wasKilled) found.kills += 1;
    const left = look(root);
    if (left !== listed(before) && left !== listed(after)) found.halfway += 1;
    if (wasKilled && (await run(killed(root, recoverAt, true)))) found.recoveriesKilled += 1;
    await transaction(root, () => undefined);
    const now = look(root);
    if (now === listed(after)) found.new += 1;
    else {
      assert.equal(now, listed(before), `killed before call ${at}, then before call ${recoverAt} of the recovery`);
      assert.ok(wasKilled, "it had ended, and is gone");
      found.old += 1;
    }
    // A link beside its target whose journal did not name it yet may stay until `untorn recover`; its name says whose it was.
    const leftovers = (readdirSync(root, { recursive: true }) as string[]).filter((name) =>
      /\.untorn\.|\.journal$/.test(name),
    );
    for (const name of leftovers) {
      const owner = parseTempName(name.slice(name.lastIndexOf("/") + 1))?.owner;
      assert.ok(owner !== undefined && nodePort.liveness(owner) === "dead", `killed before call ${at}: ${name} stays`);
      assert.ok(!name.startsWith(".untorn") && now === listed(before), `killed before call ${at}: ${name} stays`);
    }
    return wasKilled;
  };
  // Two at a time; the first that ends by itself was the last.
  for (let at = 1 + random.below(stride); at < 400; at += 2 * stride) {
    const alive = await Promise.all([one(at, 1 + random.below(45)), one(at + stride, 1 + random.below(45))]);
    if (alive.includes(false)) break;
  }
  t.diagnostic(JSON.stringify(found));
  assert.ok(found.kills > 60 / stride && found.old > 3 && found.new > 2, JSON.stringify(found));
  assert.ok(found.recoveriesKilled > 3, JSON.stringify(found));
});
