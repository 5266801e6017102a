import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import {
  lock,
  readFile,
  recover,
  removeFile,
  renameFile,
  restore,
  transaction,
  transactionSync,
  updateFile,
  writeFile,
} from "../../src/index.ts";
import { appendLine } from "../../src/jsonl.ts";
import { startMonitor } from "../../src/monitor.ts";
import { faultPlan, memoryPort, SimulatedCrash } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";

/** Every write, lock, update, transaction, recovery and refusal is published, once. */

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "untorn-channels-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Message = Readonly<Record<string, unknown>>;

/** What is published while `part` runs. */
async function heard(channel: string, part: () => unknown): Promise<Message[]> {
  const messages: Message[] = [];
  const listen = (message: unknown): void => void messages.push(message as Message);
  subscribe(channel, listen);
  try {
    await part();
  } finally {
    unsubscribe(channel, listen);
  }
  return messages;
}

const nameOf = (path: unknown): string => basename(String(path));

test("replaces, appends, removals and renames", async (t) => {
  const folder = folderFor(t);
  const [a, b, log] = [join(folder, "a.json"), join(folder, "b.json"), join(folder, "log.jsonl")];
  const messages = await heard("untorn:write", async () => {
    await writeFile(a, "{}");
    await updateFile(a, () => '{"a":1}', { durability: "normal" });
    await appendLine(log, { n: 1 }, { durability: "off" });
    await renameFile(a, b);
    await removeFile(b);
    await removeFile(b, { force: true });
    await assert.rejects(removeFile(b), { code: "UNTORN_NOT_FOUND" });
  });
  assert.deepEqual(
    messages.map(({ operation, outcome, path, bytes, durability }) => [
      operation,
      outcome,
      nameOf(path),
      bytes,
      durability,
    ]),
    [
      ["replace", "written", "a.json", 2, "full"],
      ["replace", "written", "a.json", 7, "normal"],
      ["append", "written", "log.jsonl", 8, "off"],
      ["rename", "written", "b.json", 0, "full"],
      ["remove", "written", "b.json", 0, "full"],
      ["remove", "unchanged", "b.json", 0, "full"],
      ["remove", "failed", "b.json", 0, "full"],
    ],
  );
  for (const { durationMs, phases } of messages) {
    assert.ok((durationMs as number) > 0);
    assert.deepEqual(Object.keys(phases as object).toSorted(), ["commit", "stage", "sync", "sync-directory", "wait"]);
  }
});

test("transactions, with what they came to", async (t) => {
  const folder = folderFor(t);
  const monitor = startMonitor();
  t.after(monitor.stop);
  writeFileSync(join(folder, "old.json"), "{}");
  let runs = 0;
  const messages = await heard("untorn:transaction", async () => {
    await transaction(folder, async (tx) => {
      await tx.write("a.json", "{}");
      await tx.write("b.json", "{}");
      await tx.remove("old.json");
    });
    transactionSync(folder, (tx) => tx.write("a.json", "{}"), { durability: "off" });
    await transaction(folder, async (tx) => {
      await tx.readText("a.json");
      runs += 1;
      if (runs === 1) writeFileSync(join(folder, "a.json"), "[]");
      await tx.write("b.json", "[]");
    });
    await assert.rejects(
      transaction(folder, () => {
        throw new Error("mine");
      }),
      /mine/,
    );
  });
  assert.deepEqual(
    messages.map(({ outcome, durability, written, removed, attempts, code }) => [
      outcome,
      durability,
      written,
      removed,
      attempts,
      code,
    ]),
    [
      ["committed", "full", 2, 1, 1, undefined],
      ["unchanged", "off", 0, 0, 1, undefined],
      ["committed", "full", 1, 0, 2, undefined],
      ["failed", "full", 0, 0, 0, undefined],
    ],
  );
  assert.ok(messages.every(({ root, durationMs }) => root === folder && (durationMs as number) > 0));
  const text = monitor.prometheus();
  for (const line of [
    'untorn_transactions_total{outcome="committed",durability="full"} 2',
    'untorn_transaction_files_total{change="written"} 3',
    'untorn_transaction_files_total{change="removed"} 1',
    "untorn_transaction_conflicts_total 1",
    'untorn_transaction_seconds_count{durability="off"} 1',
  ]) {
    assert.ok(text.includes(`\n${line}\n`), `${line} is not in\n${text}`);
  }
});

test("a transaction that the next one settles is a recovery", async () => {
  const port = memoryPort();
  port.putDirectory("/root");
  const committed = faultPlan(port, { crash: "before", when: ({ verb }) => verb === "rename" });
  const change = (on: typeof committed): unknown =>
    transactionsOn(on).transactionSync("/root", (tx) => tx.write("a.json", "{}"));
  assert.throws(
    () => change(committed),
    (error: Error) => error.cause instanceof SimulatedCrash,
  );
  const survivor = port.anotherProcess();
  port.kill();
  const messages = await heard("untorn:recover", () => transactionsOn(survivor).readTogetherSync("/root", ["a.json"]));
  assert.deepEqual(
    messages.map(({ kind, outcome }) => [kind, outcome]),
    [["settle", "done"]],
  );
  assert.match(String(messages[0]?.["reason"]), /committed transaction is completed/);
});

test("every refusal, once, by the innermost call that refused; that there is no file is none", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "a.json");
  writeFileSync(path, "");
  const messages = await heard("untorn:refuse", async () => {
    await assert.rejects(readFile(path), { code: "UNTORN_CORRUPT" });
    await assert.rejects(readFile(join(folder, "none")), { code: "UNTORN_NOT_FOUND" });
    await assert.rejects(writeFile(path, "{}", { ifAbsent: true }), { code: "UNTORN_EXISTS" });
    await assert.rejects(
      updateFile(path, () => "{}"),
      { code: "UNTORN_CORRUPT" },
    );
    const held = await lock(path);
    await assert.rejects(
      updateFile(path, () => "{}", { lockTimeoutMs: 0 }),
      { code: "UNTORN_LOCKED" },
    );
    await held.release();
    await assert.rejects(
      transaction(folder, (tx) => tx.read("none")),
      { code: "UNTORN_NOT_FOUND" },
    );
    await assert.rejects(
      transaction(folder, (tx) => tx.write("../b", "")),
      { code: "UNTORN_INVALID_ARGUMENT" },
    );
    await assert.rejects(restore(path), { code: "UNTORN_NOT_FOUND" });
    await assert.rejects(recover(join(folder, "no", "folder")), { code: "UNTORN_NOT_FOUND" });
  });
  assert.deepEqual(
    messages.map(({ operation, code, outcome }) => [operation, code, outcome]),
    [
      ["read", "UNTORN_CORRUPT", "unchanged"],
      ["write", "UNTORN_EXISTS", "unchanged"],
      ["update", "UNTORN_CORRUPT", "unchanged"],
      ["lock", "UNTORN_LOCKED", "unchanged"],
      ["transaction", "UNTORN_NOT_FOUND", "unchanged"],
      ["transaction", "UNTORN_INVALID_ARGUMENT", "unchanged"],
      ["recover", "UNTORN_NOT_FOUND", "unchanged"],
      ["recover", "UNTORN_NOT_FOUND", "unchanged"],
    ],
  );
});
