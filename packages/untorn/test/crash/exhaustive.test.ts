import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { judgeRecord, keepLast } from "../../src/documents/jsonl/index.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { assertCrashSafe } from "../../src/testing/index.ts";
import type { CrashTest, MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { Appender, updatesOn } from "../../src/update/index.ts";
import { own, put } from "../recovery/own-temps.ts";

/** One call of each protocol, in its shortest form: every state of every model, none left out. */

const folder = "/state";
const path = `${folder}/a.json`;
const [oldText, newText, cut] = ['{"version":1}', '{"version":2}', '{"vers'];

interface Protocol {
  readonly name: string;
  readonly setup?: (port: MemoryPort) => void;
  readonly run: (port: MemoryPort) => unknown;
  /** What the file holds before and after. */
  readonly before?: string;
  readonly after: string;
  /** Contents that must be somewhere, whenever it stops. */
  readonly kept?: readonly string[];
}

const recoverAll = (port: MemoryPort): void => {
  assert.equal(recoveryOn({ port }).recoverSync(folder, { apply: true, quietMs: 0 }).failed, 0);
};

const appender = (port: MemoryPort): Appender =>
  new Appender(new Files(port), { judge: judgeRecord, retain: keepLast });

const protocols: readonly Protocol[] = [
  { name: "write", run: (port) => void new Files(port).writeFileSync(path, newText), after: newText },
  {
    name: "update",
    run: (port) => void updatesOn(new Files(port)).updateFileSync(path, () => newText),
    after: newText,
  },
  {
    name: "append",
    before: `${oldText}\n`,
    run: (port) => void appender(port).appendSync(path, Buffer.from(`${newText}\n`), {}),
    after: `${oldText}\n${newText}\n`,
  },
  {
    name: "transaction",
    run: (port) => void transactionsOn(port).transactionSync(folder, (tx) => tx.write("a.json", newText)),
    after: newText,
  },
  {
    name: "recovery",
    before: cut,
    setup: (port) => own(port, "a.json", newText, 1),
    run: recoverAll,
    after: newText,
    kept: [cut, newText],
  },
  {
    name: "generations",
    run: (port) => void new Files(port, writeKeeping).writeFileSync(path, newText, { generations: 2 }),
    after: newText,
    kept: [oldText],
  },
  {
    name: "restore",
    before: newText,
    setup(port) {
      put(port, path, oldText);
      new Files(port, writeKeeping).writeFileSync(path, newText, { generations: 2 });
    },
    run: (port) => recoveryOn({ port }).restore(path, 1),
    after: oldText,
    kept: [oldText, newText],
  },
];

/** Without the end of a last line that was cut off: readers of a log leave it out, and the next append sets it aside. */
function wholeLines(text: string): string {
  return text.includes("\n") ? text.slice(0, text.lastIndexOf("\n") + 1) : text;
}

function crashTest({ setup, run, before = oldText, after, kept = [] }: Protocol): CrashTest<string> {
  const keeps = (port: MemoryPort): void => {
    const contents = Object.values(port.tree());
    for (const text of kept) assert.ok(contents.includes(text), `lost: ${text}`);
  };
  return {
    // So many that none is left out.
    states: 1_000_000,
    // A crash of the recovery, too, is tried by the seeded tests: its states are a choice.
    recoveryCrashes: 0,
    setup(port) {
      port.putDirectory(folder);
      if (setup === undefined || before !== newText) put(port, path, before);
      setup?.(port);
      for (const directory of [folder, "/"]) port.fs.syncDirectory(directory);
    },
    workload: async (port, workload) => void (await workload.call(after, () => run(port))),
    recover(port) {
      keeps(port);
      transactionsOn(port).transactionSync(folder, () => undefined);
      recoverAll(port);
    },
    check(port, knowledge) {
      const held = wholeLines(port.tree()[path] ?? "");
      // What is corrupt is recovered after the crash, if it was not before.
      assert.ok(knowledge.allowed(before).includes(held) || (before === cut && held === after), held);
      keeps(port);
    },
  };
}

for (const protocol of protocols) {
  test(`${protocol.name}: every state of every model`, async (t) => {
    const report = await assertCrashSafe(crashTest(protocol));
    assert.deepEqual(
      report.models.filter(({ exhaustive }) => !exhaustive),
      [],
    );
    t.diagnostic(`${report.effects} effects, ${report.states} states`);
  });
}
