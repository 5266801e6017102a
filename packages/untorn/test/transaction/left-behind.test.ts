import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { parseTempName } from "../../src/atomic/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { faultPlan, memoryPort, recordCalls, SimulatedCrash } from "../../src/testing/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { examineRoot, openRoot, transactionsOn } from "../../src/transaction/index.ts";

/** What a crash left is completed, taken back, or refused with a clear error; never guessed at. */

function put(port: Port, path: string, text: string): void {
  const handle = port.fs.open(path, "create", 0o644);
  port.fs.write(handle, Buffer.from(text), null);
  port.fs.close(handle);
}

function get(port: Port, path: string): string {
  const handle = port.fs.open(path, "read", 0);
  const buffer = new Uint8Array(100_000);
  const count = port.fs.read(handle, buffer, 0);
  port.fs.close(handle);
  return Buffer.from(buffer.subarray(0, count)).toString();
}

function freshPort(): ReturnType<typeof memoryPort> {
  const port = memoryPort();
  port.fs.mkdir("/root", 0o755);
  put(port, "/root/a.txt", "old a");
  put(port, "/root/b.txt", "old b");
  return port;
}

const change = (port: Port): unknown =>
  transactionsOn(port).transactionSync("/root", (tx) => {
    tx.write("a.txt", "new a");
    tx.write("b.txt", "new b");
  });

/** Stops the transaction right after the first file has its new content. */
function halfApplied(): ReturnType<typeof memoryPort> {
  const port = freshPort();
  const applied = faultPlan(port, {
    crash: "after",
    when: ({ verb, args }) => verb === "rename" && args[1] === "/root/a.txt",
  });
  assert.throws(
    () => change(applied),
    (error: Error) => error.cause instanceof SimulatedCrash,
  );
  assert.deepEqual([get(port, "/root/a.txt"), get(port, "/root/b.txt")], ["new a", "old b"]);
  const survivor = port.anotherProcess();
  port.kill();
  return survivor;
}

const work = (port: Port, suffix: string): string[] =>
  port.fs
    .readdir("/root/.untorn")
    .filter((name) => name.endsWith(suffix))
    .map((name) => `/root/.untorn/${name}`);

const next = (port: Port): unknown => transactionsOn(port).transactionSync("/root", () => undefined);

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
  assert.deepEqual([get(port, "/root/a.txt"), get(port, "/root/b.txt")], ["new a", "new b"]);
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
  assert.deepEqual([get(survivor, "/root/a.txt"), get(survivor, "/root/b.txt")], ["old a", "new b"]);
});

test("a staged file that was taken away: a clear error, and nothing is touched", () => {
  const port = halfApplied();
  for (const path of work(port, ".part")) if (path.includes("b.txt")) port.fs.unlink(path);
  for (const name of port.fs.readdir("/root")) if (name.includes("b.txt.untorn")) port.fs.unlink(`/root/${name}`);
  assert.throws(() => next(port), { code: "UNTORN_CORRUPT", outcome: "unchanged" });
  assert.deepEqual([get(port, "/root/a.txt"), get(port, "/root/b.txt")], ["new a", "old b"]);
  const [left] = runSync(port, examineRoot(runSync(port, openRoot("/root"))));
  assert.equal(left?.verdict, "contradictory");
  assert.match(left?.details.join("\n") ?? "", /replace b\.txt .*: lost/);
});

test("a journal of a newer version: a clear error, and nothing is touched", () => {
  const port = halfApplied();
  const [journal] = work(port, ".journal");
  const text = get(port, journal as string).replace('"version":1', '"version":2');
  port.fs.unlink(journal as string);
  put(port, journal as string, text);
  assert.throws(() => next(port), { code: "UNTORN_NEWER", outcome: "unchanged" });
  assert.equal(get(port, journal as string), text);
});

test("a journal whose digest does not match is set aside with what it staged", () => {
  const port = halfApplied();
  const [journal] = work(port, ".journal");
  const text = get(port, journal as string).replace('"path":"b.txt"', '"path":"c.txt"');
  port.fs.unlink(journal as string);
  put(port, journal as string, text);
  next(port);
  assert.deepEqual(work(port, ".journal"), []);
  const kept = port.fs.readdir("/root/.untorn/quarantine");
  assert.equal(kept.filter((name) => name.endsWith(".journal")).length, 1);
  assert.ok(
    kept.some((name) => name.endsWith(".part")),
    kept.join(),
  );
});

for (const [what, path] of [
  ["a target outside the root", "../evil.txt"],
  ["an absolute target", "/etc/evil.txt"],
  ["the work folder", ".untorn/evil"],
] as const) {
  test(`a journal that names ${what} is not followed`, async () => {
    const { etagOf } = await import("../../src/atomic/index.ts");
    const port = halfApplied();
    const [journal] = work(port, ".journal");
    const lines = get(port, journal as string)
      .split("\n")
      .slice(0, -2);
    const body = `${lines[0]}\n${JSON.stringify({ op: "remove", path, before: "x" })}\n`;
    port.fs.unlink(journal as string);
    put(port, journal as string, `${body}${JSON.stringify({ sha256: etagOf(Buffer.from(body)) })}\n`);
    next(port);
    assert.deepEqual(port.fs.readdir("/").includes("evil.txt"), false);
    assert.ok(port.fs.readdir("/root/.untorn/quarantine").some((name) => name.endsWith(".journal")));
  });
}

test("content that somebody else wrote after the crash is kept, and the transaction is still completed", () => {
  const port = halfApplied();
  port.fs.unlink("/root/b.txt");
  put(port, "/root/b.txt", "written by hand after the crash");
  next(port);
  assert.deepEqual([get(port, "/root/a.txt"), get(port, "/root/b.txt")], ["new a", "new b"]);
  const [kept] = port.fs.readdir("/root/.untorn/quarantine");
  assert.equal(get(port, `/root/.untorn/quarantine/${kept}`), "written by hand after the crash");
});

test("a journal that was synced and cannot be taken back: the outcome is unknown, and the next call decides", () => {
  const port = freshPort();
  const isJournal = (path: unknown): boolean => String(path).endsWith(".journal");
  // A filesystem that turned read-only at the failing sync: btrfs, ext4 with errors=remount-ro.
  const failing = faultPlan(port, [
    { fail: "EIO", when: ({ verb, path }) => verb === "fsync" && path.endsWith(".part"), times: 1 },
    { fail: "EROFS", when: ({ verb, args }) => verb === "unlink" && isJournal(args[0]) },
  ]);
  assert.throws(() => change(failing), {
    code: "UNTORN_IO",
    outcome: "unknown",
    message: /completes it or takes it back/,
  });
  assert.deepEqual([get(port, "/root/a.txt"), get(port, "/root/b.txt")], ["old a", "old b"]);
  next(port);
  assert.deepEqual(work(port, ".journal"), []);
  const now = [get(port, "/root/a.txt"), get(port, "/root/b.txt")].join();
  assert.ok(now === "new a,new b" || now === "old a,old b", now);
});

test("every call that fails, with every code, leaves all old or all new, and says which", () => {
  const recorded = recordCalls(freshPort());
  change(recorded);
  const count = recorded.calls.length;
  assert.ok(count > 50);
  let cases = 0;
  for (const code of ["ENOSPC", "EIO", "EMFILE", "EDQUOT", "EACCES"]) {
    for (let at = 1; at <= count; at += 1) {
      const port = freshPort();
      let error: { outcome?: string; code?: string } | undefined;
      try {
        change(faultPlan(port, { at, fail: code }));
      } catch (thrown) {
        error = thrown as typeof error;
      }
      cases += 1;
      // The process goes on: what it could not finish is finished by the next transaction.
      const now = [get(port, "/root/a.txt"), get(port, "/root/b.txt")].join();
      if (error === undefined || error.outcome === "replaced")
        assert.equal(now, "new a,new b", `${code} at ${at}: ${inspect(error)}`);
      else if (error.outcome === "unchanged") assert.equal(now, "old a,old b", `${code} at ${at}: ${inspect(error)}`);
      else
        assert.ok(
          [
            "UNTORN_INCOMPLETE",
            "UNTORN_IO",
            "UNTORN_DISK_FULL",
            "UNTORN_SYSTEM",
            "UNTORN_PERMISSION",
            "UNTORN_TOO_MANY_OPEN",
          ].includes(error.code ?? ""),
          `${code} at ${at}: ${inspect(error)}`,
        );
      next(port);
      const after = [get(port, "/root/a.txt"), get(port, "/root/b.txt")].join();
      if (error?.outcome === "unchanged") assert.equal(after, "old a,old b", `${code} at ${at}, afterwards`);
      else
        assert.ok(
          after === "new a,new b" ||
            (error?.code !== "UNTORN_INCOMPLETE" && error !== undefined && after === "old a,old b"),
          `${code} at ${at}: ${after}`,
        );
      const leftovers = port.fs.readdir("/root").filter((name) => name.includes(".untorn.") && !name.endsWith(".lock"));
      if (error?.outcome === "unchanged") assert.deepEqual(leftovers, [], `${code} at ${at}`);
    }
  }
  console.log(`${cases} failing calls`);
});
