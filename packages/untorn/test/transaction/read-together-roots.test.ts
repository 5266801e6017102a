import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodePort } from "../../src/platform/index.ts";
import { pull, runSync, Stepper } from "../../src/protocol/index.ts";
import type { Protocol } from "../../src/protocol/index.ts";
import { dryRun } from "../../src/transaction/dry-run.ts";
import { readTogetherProtocol } from "../../src/transaction/read-together.ts";
import type { Session } from "../../src/transaction/session.ts";
import { transactionProtocol } from "../../src/transaction/transaction.ts";
import { folder } from "../atomic/support/places.ts";

const files = ["a", "h"];

/** A folder with a folder in it, with two files; roots are one or the other. */
function place(t: Parameters<typeof folder>[0]): string {
  const outer = folder(t);
  mkdirSync(join(outer, "in"));
  for (const name of files) writeFileSync(join(outer, "in", name), "old");
  return outer;
}

/** A transaction that replaces both files, to be taken step by step. */
function writer(outer: string, root: "" | "in"): Stepper<unknown> {
  const prefix = root === "" ? "in/" : "";
  const work = (session: Session): void => {
    for (const name of files) runSync(nodePort, session.write(prefix + name, "new"));
  };
  return new Stepper(nodePort, transactionProtocol(nodePort, join(outer, root), work, {}));
}

const content = (outer: string, name: string): string => readFileSync(join(outer, "in", name), "utf8");

for (const [root, reads] of [
  ["in", "in"],
  ["", "in"],
  ["in", ""],
] as const) {
  test(`a commit in '${root}' that ends anywhere in a read of '${reads}' is seen whole or not at all`, (t) => {
    for (let steps = 1, ended = false; !ended && steps < 200; steps += 1) {
      const outer = place(t);
      const commit = writer(outer, root);
      const names = files.map((name) => (reads === "" ? `in/${name}` : name));
      const read = new Stepper(nodePort, readTogetherProtocol(nodePort, join(outer, reads), names));
      // The first look for a journal finds none; then one of the two files is new.
      while (read.pending !== undefined && read.pending.verb !== "open") read.advance();
      while (content(outer, "a") !== "new") commit.advance();
      // At a pause it has noticed, and begins again.
      const isOver = (): boolean => read.pending === undefined || read.pending.verb === "pause";
      for (let step = 0; step < steps && !isOver(); step += 1) read.advance();
      ended = isOver();
      while (commit.pending !== undefined) commit.advance();
      while (read.pending !== undefined) read.advance();
      const seen = (read.result ?? []).map((file) => Buffer.from(file?.data ?? "").toString());
      assert.ok(["old,old", "new,new"].includes(seen.join(",")), `after ${steps} steps: ${seen.join(",")}`);
    }
  });
}

test("files that are absent, made and about to go while others are read are not of one moment", (t) => {
  const root = join(place(t), "in");
  for (const name of files) rmSync(join(root, name));
  const both = (change: (session: Session, name: string) => Protocol<unknown>): Protocol<unknown> =>
    transactionProtocol(
      nodePort,
      root,
      (session) => files.forEach((name) => runSync(nodePort, change(session, name))),
      {},
    );
  const read = new Stepper(nodePort, readTogetherProtocol(nodePort, root, files));
  const looksAtFirst = (): boolean =>
    read.pending?.verb === "stat" && String(read.pending.args[0]) === join(root, files[0] ?? "");
  while (!looksAtFirst()) read.advance();
  read.advance();
  runSync(
    nodePort,
    both((session, name) => session.write(name, "new")),
  );
  // It has read the other file by the time it looks at the first again, and has found no journal.
  while (!looksAtFirst()) read.advance();
  const removal = new Stepper(
    nodePort,
    both((session, name) => session.remove(name)),
  );
  while (existsSync(join(root, files[0] ?? ""))) removal.advance();
  while (read.pending !== undefined && read.pending.verb !== "pause") read.advance();
  while (removal.pending !== undefined) removal.advance();
  while (read.pending !== undefined) read.advance();
  assert.deepEqual(read.result, [undefined, undefined]);
});

test("a dry run beside a commit does not answer by half of it", (t) => {
  for (let steps = 1; steps < 60; steps += 1) {
    const outer = place(t);
    const commit = writer(outer, "in");
    const root = join(outer, "in");
    let seen: string[] = [];
    const look = dryRun(
      nodePort,
      root,
      function* (session) {
        seen = [];
        for (const name of files) seen.push((yield* session.readText(name)).data);
      },
      "retry",
      () =>
        pull(() => {
          while (commit.pending !== undefined) commit.advance();
        }),
    );
    const run = new Stepper(nodePort, look);
    while (run.pending !== undefined && run.pending.verb !== "open") run.advance();
    while (content(outer, "a") !== "new") commit.advance();
    for (let step = 0; step < steps && run.pending !== undefined; step += 1) run.advance();
    while (commit.pending !== undefined) commit.advance();
    while (run.pending !== undefined) run.advance();
    assert.deepEqual(seen, ["new", "new"], `after ${steps} steps`);
    assert.deepEqual(
      readdirSync(root).filter((name) => name.endsWith(".part")),
      [],
    );
  }
});
