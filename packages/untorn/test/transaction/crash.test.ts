import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { call, runSync } from "../../src/protocol/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { assertCrashSafe } from "../../src/testing/index.ts";
import type { CrashTest } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import type { TransactionSync } from "../../src/transaction/index.ts";

/**
 * A crash at every point of a transaction, and of the recovery, leaves all old or all new (G8). The states are those that
 * the simulator makes; recovery is what the next transaction in the root does first.
 */
const seed = Number(process.env["UNTORN_SEED"] ?? 1);
/** How many times as many states as usual. */
const effort = Number(process.env["UNTORN_EFFORT"] ?? 1);

interface Case {
  readonly name: string;
  readonly before: Readonly<Record<string, string>>;
  readonly change: (tx: TransactionSync) => void;
  readonly after: Readonly<Record<string, string>>;
  readonly states?: number;
}

const many = (count: number, text: string): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${index % 3}/file-${index}.json`, `${text} ${index}\n`]),
  );

const cases: readonly Case[] = [
  {
    name: "one file",
    before: { "a.json": "old" },
    change: (tx) => tx.write("a.json", "new"),
    after: { "a.json": "new" },
  },
  {
    name: "two files in two directories",
    before: { "a.json": "old a", "d/b.json": "old b" },
    change(tx) {
      tx.write("a.json", "new a");
      tx.write("d/b.json", "new b");
    },
    after: { "a.json": "new a", "d/b.json": "new b" },
  },
  {
    name: "a creation, a replacement, a removal, a new directory and a rename",
    before: { "keep.md": "keep", "old.md": "old", "gone.md": "gone", "from.md": "moved" },
    change(tx) {
      tx.write("new/deep/made.md", "made");
      tx.write("old.md", "replaced");
      tx.remove("gone.md");
      tx.rename("from.md", "to.md");
    },
    after: { "keep.md": "keep", "old.md": "replaced", "to.md": "moved", "new/deep/made.md": "made" },
  },
  {
    name: "a directory that moves, with a file in it that changes",
    before: { "backlog/x/spec.md": "draft", "backlog/x/notes.md": "notes", "registry.json": "{}" },
    change(tx) {
      tx.rename("backlog/x", "active/x");
      tx.write("active/x/spec.md", "final");
      tx.write("registry.json", '{"x":1}');
    },
    after: { "active/x/spec.md": "final", "active/x/notes.md": "notes", "registry.json": '{"x":1}' },
  },
  {
    // The content of the first proves nothing about the second: it was the same before.
    name: "a new mode for the same content, and a new file",
    before: { "a.json": "same" },
    change(tx) {
      tx.write("a.json", "same", { mode: 0o600 });
      tx.write("new.md", "new ".repeat(200));
    },
    after: { "a.json": "same", "new.md": "new ".repeat(200) },
  },
  {
    name: "five files in three directories",
    before: many(5, "old"),
    change(tx) {
      for (const [path, text] of Object.entries(many(5, "new"))) tx.write(path, text);
    },
    after: many(5, "new"),
    states: 400,
  },
  {
    name: "fifty files in three directories",
    before: many(50, "old"),
    change(tx) {
      for (const [path, text] of Object.entries(many(50, "new"))) tx.write(path, text);
    },
    after: many(50, "new"),
    states: 25,
  },
];

describe(`a transaction is all or nothing across every crash (seed ${seed})`, () => {
  for (const each of cases) {
    test(each.name, async () => {
      const report = await assertCrashSafe(crashTest(each));
      assert.ok(report.states > 50, `only ${report.states} states`);
    });
  }
  for (const each of cases.slice(1, 3)) {
    test(`${each.name}, after another transaction, whose journal's file is used again`, async () => {
      const plain = crashTest(each);
      const setup = (port: Port): void => {
        makeFiles(port, Object.fromEntries(Object.keys(each.before).map((path) => [path, "older"])));
        // The workload's process starts with the same random names; the two transactions must not have one name.
        for (let skipped = 0; skipped < 100; skipped += 1) port.randomName();
        // One file has changed since, so that journal, taken for a new one, could neither be completed nor taken back.
        const [first, ...others] = Object.entries(each.before) as [[string, string], ...[string, string][]];
        transactionsOn(port).transactionSync("/root", (tx) => {
          tx.write(first[0], "in between");
          for (const [path, text] of others) tx.write(path, text);
        });
        const handle = port.fs.open(`/root/${first[0]}`, "overwrite", 0);
        port.fs.truncate(handle, 0);
        port.fs.write(handle, Buffer.from(first[1]), 0);
        port.fs.fsync(handle);
        port.fs.close(handle);
        assert.ok(port.fs.lstat("/root/.untorn/spare-journal"));
      };
      // Only where the least is promised, but more of it: the old content under the new name is one state in many.
      const report = await assertCrashSafe({ ...plain, setup, models: ["posix"], states: 3_000 * effort });
      assert.ok(report.states > 50, `only ${report.states} states`);
    });
  }
});

test(`what is written after a transaction is not undone by its journal after a power cut (seed ${seed})`, async () => {
  const versions = ["old", "new", "newest"];
  const report = await assertCrashSafe<number>({
    seed,
    states: 1_200 * effort,
    setup: (port) => makeFiles(port, { "a.json": "old", "b.json": "old" }),
    workload(port, run) {
      run.call(1, () =>
        transactionsOn(port).transactionSync("/root", (tx) => {
          tx.write("a.json", "new");
          tx.write("b.json", "new");
        }),
      );
      // Of another folder than the journal's: its sync does not carry the journal's end along.
      run.call(2, () => new Files(port).writeFileSync("/root/a.json", "newest"));
    },
    recover: (port) => void transactionsOn(port).transactionSync("/root", () => undefined),
    check(port, { begun, returned }) {
      const found = readFiles(port, "/root")["a.json"] ?? "";
      const allowed = versions.slice(Math.max(0, ...returned), Math.max(0, ...begun) + 1);
      assert.ok(allowed.includes(found), `${found}, and not ${allowed.join(" or ")}`);
    },
  });
  assert.ok(report.states > 50, `only ${report.states} states`);
});

function crashTest({ before, change, after, states }: Case): CrashTest<"new"> {
  return {
    seed,
    states: (states ?? 1_200) * effort,
    setup: (port) => makeFiles(port, before),
    workload(port, run) {
      run.call("new", () => transactionsOn(port).transactionSync("/root", change));
    },
    recover: (port) => void transactionsOn(port).transactionSync("/root", () => undefined),
    check(port, known) {
      const found = JSON.stringify(readFiles(port, "/root"));
      if (found === JSON.stringify(sorted(after))) return;
      assert.equal(found, JSON.stringify(sorted(before)), "neither all old nor all new");
      assert.ok(!known.returned.includes("new"), "the transaction had returned, and is gone");
    },
  };
}

function makeFiles(port: Port, files: Readonly<Record<string, string>>): void {
  const { fs } = port;
  const made = new Set<string>();
  const makeDirectory = (path: string): void => {
    if (path === "" || made.has(path)) return;
    makeDirectory(path.slice(0, path.lastIndexOf("/")));
    fs.mkdir(path, 0o755);
    made.add(path);
  };
  makeDirectory("/root");
  for (const [name, text] of Object.entries(files)) {
    const path = `/root/${name}`;
    makeDirectory(path.slice(0, path.lastIndexOf("/")));
    const handle = fs.open(path, "create", 0o644);
    fs.write(handle, Buffer.from(text), null);
    fs.fsync(handle);
    fs.close(handle);
  }
  for (const directory of ["/", ...made]) fs.syncDirectory(directory);
}

function readFiles(port: Port, root: string): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (directory: string): void => {
    for (const name of port.fs.readdir(directory)) {
      const path = `${directory}/${name}`;
      // Untorn's own files: the work folder, locks, and links that were staged beside a target.
      if (name.startsWith(".")) continue;
      if (port.fs.lstat(path)?.kind === "directory") walk(path);
      else files[path.slice(root.length + 1)] = text(port, path);
    }
  };
  walk(root);
  return sorted(files);
}

function text(port: Port, path: string): string {
  return runSync(
    port,
    (function* () {
      const handle = yield* call("open", path, "read", 0);
      const buffer = new Uint8Array(10_000);
      const count = yield* call("read", handle, buffer, 0);
      yield* call("close", handle);
      return Buffer.from(buffer.subarray(0, count)).toString();
    })(),
  );
}

function sorted(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
