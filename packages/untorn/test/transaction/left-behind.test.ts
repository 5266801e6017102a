import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { test } from "node:test";
import { etagOf, Files, parseTempName, tempName } from "../../src/atomic/index.ts";
import { faultPlan, recordCalls, SimulatedCrash } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { updatesOn } from "../../src/update/index.ts";
import { closingLine } from "../../src/transaction/journal.ts";
import { examineRoot, openRoot, transactionsOn } from "../../src/transaction/index.ts";
import { change, contents, freshPort, next, textOf, work } from "./two-files.ts";

/** What a crash left is completed, taken back, or refused with a clear error; never guessed at. */

/** Stops the transaction right after the first file has its new content. */
function halfApplied(): MemoryPort {
  const port = freshPort();
  const applied = faultPlan(port, {
    crash: "after",
    when: ({ verb, args }) => verb === "rename" && args[1] === "/root/a.txt",
  });
  assert.throws(
    () => change(applied),
    (error: Error) => error.cause instanceof SimulatedCrash,
  );
  assert.equal(contents(port), "new a, old b");
  const survivor = port.anotherProcess();
  port.kill();
  return survivor;
}

test("a journal that has lost its end after the commit: what is staged is set aside, not removed", () => {
  const survivor = halfApplied();
  const [journal = ""] = work(survivor, ".journal");
  const text = textOf(survivor, journal);
  survivor.put(journal, text.slice(0, text.trimEnd().lastIndexOf("\n") + 1));
  next(survivor);
  assert.equal(contents(survivor), "new a, old b");
  assert.deepEqual(work(survivor, ".journal"), []);
  const kept = Object.entries(survivor.tree()).filter(
    ([path, content]) => path.includes("quarantine") && content === "new b",
  );
  assert.equal(kept.length, 1, Object.keys(survivor.tree()).join(" "));
});

test("what is staged has the digest of its content in its name, by which a crash's leftover is judged", () => {
  const recorded = recordCalls(freshPort());
  change(recorded);
  const made = recorded.calls.filter(({ verb, args }) => verb === "open" && args[1] === "create");
  const digests = made
    .map(({ path }) => parseTempName(basename(path)))
    .filter((name) => name?.kind === "part")
    .map((name) => [name?.base, name?.digest]);
  const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
  assert.deepEqual(digests, [
    ["a.txt", digestOf("new a")],
    ["b.txt", digestOf("new b")],
  ]);
});

test("a half applied transaction is completed by the next one", () => {
  const port = halfApplied();
  next(port);
  assert.equal(contents(port), "new a, new b");
  assert.deepEqual(work(port, ".journal"), []);
});

test("readTogether completes it too, so that no reader ever sees half of it", () => {
  const port = halfApplied();
  const files = transactionsOn(port).readTogetherSync("/root", ["a.txt", "b.txt"]);
  assert.deepEqual(
    files.map((file) => Buffer.from(file?.data ?? []).toString()),
    ["new a", "new b"],
  );
});

test("whoever takes the lock of a file below has it completed first, and a transaction further in waits for that", () => {
  const port = halfApplied();
  port.put("/root/in/c.txt", "old c");
  const inner = (): unknown =>
    transactionsOn(port).transactionSync("/root/in", (tx) => tx.write("c.txt", "new c"), { lockTimeoutMs: 0 });
  assert.throws(inner, { code: "UNTORN_LOCKED", outcome: "unchanged" });
  assert.equal(textOf(port, "/root/in/c.txt"), "old c");
  updatesOn(new Files(port)).updateFileSync("/root/b.txt", (text) => `${text}!`);
  assert.equal(contents(port), "new a, new b!");
  inner();
  assert.equal(textOf(port, "/root/in/c.txt"), "new c");
});

test("what was staged and has no journal goes with its process, and not before", () => {
  const port = freshPort();
  next(port);
  const staged = `/root/.untorn/${tempName(port, "part", "a.txt", [etagOf(Buffer.from("x"))])}`;
  port.put(staged, "x");
  const other = port.anotherProcess();
  next(other);
  assert.equal(textOf(other, staged), "x");
  port.kill();
  next(other);
  assert.deepEqual(work(other, ".part"), []);
});

test("a journal that recovery takes away is taken away durably", () => {
  const port = freshPort();
  const isRest = (bytes: unknown): boolean => Buffer.from(bytes as Uint8Array).includes('{"sha256"');
  const cut = faultPlan(port, { crash: "before", when: ({ verb, args }) => verb === "write" && isRest(args[1]) });
  assert.throws(
    () => change(cut),
    (error: Error) => error.cause instanceof SimulatedCrash,
  );
  port.kill();
  const recovering = recordCalls(port.anotherProcess());
  transactionsOn(recovering).transactionSync("/root", () => undefined);
  const calls = recovering.calls.map(({ verb, path }) => `${verb} ${path}`);
  const gone = calls.findIndex((each) => /^unlink .*\.journal$/.test(each));
  assert.notEqual(gone, -1);
  assert.ok(calls.slice(gone).includes("syncDirectory /root/.untorn"));
});

test("a work folder that a killed transaction has made is made durable by the next one", () => {
  const port = freshPort();
  port.putDirectory("/root/.untorn");
  const recorded = recordCalls(port);
  change(recorded);
  const at = (what: string): number =>
    recorded.calls.findIndex(({ verb, args }) => `${verb} ${String(args.at(-1))}` === what);
  assert.ok(at("syncDirectory /root") < at("rename /root/a.txt") && at("syncDirectory /root") !== -1);
});

test("a new mode for content that was there before is applied by the next transaction, too", () => {
  const port = freshPort();
  const cut = faultPlan(port, {
    crash: "before",
    when: ({ verb, args }) => verb === "rename" && args[1] === "/root/a.txt",
  });
  const changeMode = (): unknown =>
    transactionsOn(cut).transactionSync("/root", (tx) => {
      tx.write("a.txt", "old a", { mode: 0o600 });
      tx.write("b.txt", "new b");
    });
  assert.throws(changeMode, (error: Error) => error.cause instanceof SimulatedCrash);
  const survivor = port.anotherProcess();
  port.kill();
  next(survivor);
  assert.equal(survivor.fs.lstat("/root/a.txt")?.mode, 0o600);
  assert.equal(contents(survivor), "old a, new b");
});

test("a staged file that was taken away: a clear error, and nothing is touched", () => {
  const port = halfApplied();
  for (const path of work(port, ".part")) if (path.includes("b.txt")) port.fs.unlink(path);
  for (const name of port.fs.readdir("/root")) if (name.includes("b.txt.untorn")) port.fs.unlink(`/root/${name}`);
  assert.throws(() => next(port), { code: "UNTORN_CORRUPT", outcome: "unchanged" });
  assert.equal(contents(port), "new a, old b");
  const [left] = runSync(port, examineRoot(runSync(port, openRoot("/root"))));
  assert.equal(left?.verdict, "contradictory");
  assert.match(left?.details.join("\n") ?? "", /replace b\.txt .*: lost/);
});

test("a journal of a newer version: a clear error, and nothing is touched", () => {
  const port = halfApplied();
  const [journal] = work(port, ".journal");
  const text = textOf(port, journal).replace('"version":1', '"version":2');
  port.put(journal as string, text);
  assert.throws(() => next(port), { code: "UNTORN_NEWER", outcome: "unchanged" });
  assert.equal(textOf(port, journal), text);
});

/** The same lines with the closing line that they need. */
function closed(text: string): string {
  const body = text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1);
  return body + closingLine(body);
}

for (const [what, damage] of [
  ["names another file", (text) => text.replace('"path":"b.txt"', '"path":"c.txt"')],
  // Only the digest tells: this is what any other journal looks like.
  ["says that b.txt held something else", (text) => text.replace(/("path":"b.txt".*"before":")../, "$1ff")],
  ["is whole, and another kind of file", (text) => closed(text.replace('"untorn":"journal"', '"untorn":"changes"'))],
  ["ends in zeros", (text) => text.slice(0, -20) + "\0".repeat(20)],
] as const satisfies readonly (readonly [string, (text: string) => string])[]) {
  test(`a damaged journal that ${what} is set aside with what it staged`, () => {
    const port = halfApplied();
    const [journal] = work(port, ".journal");
    const text = textOf(port, journal);
    assert.notEqual(damage(text), text);
    port.put(journal as string, damage(text));
    next(port);
    assert.deepEqual(work(port, ".journal"), []);
    assert.equal(contents(port), "new a, old b");
    const kept = port.fs.readdir("/root/.untorn/quarantine");
    assert.equal(kept.filter((name) => name.endsWith(".journal")).length, 1);
    assert.ok(
      kept.some((name) => name.endsWith(".part")),
      kept.join(),
    );
  });
}

for (const [what, path, victim] of [
  ["a target outside the root", "../evil.txt", "/evil.txt"],
  ["an absolute target", "/etc/evil.txt", "/etc/evil.txt"],
  ["the work folder", ".untorn/evil", "/root/.untorn/evil"],
] as const) {
  test(`a journal that names ${what} is not followed`, () => {
    const port = halfApplied();
    port.put(victim, "precious");
    const [journal] = work(port, ".journal");
    const [header] = textOf(port, journal).split("\n");
    const body = `${header}\n${JSON.stringify({ op: "remove", path, before: etagOf(Buffer.from("precious")) })}\n`;
    port.put(journal as string, body + closingLine(body));
    next(port);
    assert.equal(textOf(port, victim), "precious");
    assert.ok(port.fs.readdir("/root/.untorn/quarantine").some((name) => name.endsWith(".journal")));
  });
}

test("content that somebody else wrote after the crash is kept, and the transaction is still completed", () => {
  const port = halfApplied();
  port.put("/root/b.txt", "written by hand after the crash");
  next(port);
  assert.equal(contents(port), "new a, new b");
  const [kept] = port.fs.readdir("/root/.untorn/quarantine");
  assert.equal(textOf(port, `/root/.untorn/quarantine/${kept}`), "written by hand after the crash");
});
