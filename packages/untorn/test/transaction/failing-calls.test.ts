import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { faultPlan, interceptPort, memoryPort, recordCalls } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { Files } from "../../src/atomic/index.ts";
import { change, contents, freshPort, next, work } from "./two-files.ts";

/** Of a transaction whose calls fail: all or nothing, and an error that says which. */

const isOwn = (path: unknown): boolean => String(path).endsWith(".journal");

test("a journal that was synced and cannot be taken back: the outcome is unknown, and the next call decides", () => {
  const port = freshPort();
  // A filesystem that turned read-only at the failing sync: btrfs, ext4 with errors=remount-ro.
  const failing = faultPlan(port, [
    { fail: "EIO", when: ({ verb, path }) => verb === "syncDirectory" && path.endsWith("/.untorn"), times: 1 },
    { fail: "EROFS", when: ({ verb, args }) => ["unlink", "rename"].includes(verb) && isOwn(args[0]) },
    { fail: "EROFS", when: ({ verb, args }) => verb === "open" && isOwn(args[0]) && args[1] === "overwrite" },
  ]);
  assert.throws(() => change(failing), {
    code: "UNTORN_IO",
    outcome: "unknown",
    message: /completes it or takes it back/,
  });
  assert.equal(contents(port), "old a, old b");
  next(port);
  assert.deepEqual(work(port, ".journal"), []);
  const now = contents(port);
  assert.ok(now === "new a, new b" || now === "old a, old b", now);
});

test("a content that cannot be synced keeps nobody waiting: no journal is raised for it", () => {
  const port = freshPort();
  const failing = recordCalls(
    faultPlan(port, { fail: "EIO", when: ({ verb, path }) => verb === "fsync" && path.endsWith(".part"), times: 1 }),
  );
  assert.throws(() => change(failing), { code: "UNTORN_IO", outcome: "unchanged" });
  assert.deepEqual(
    failing.calls.filter(({ path }) => isOwn(path)),
    [],
  );
});

for (const [what, fault] of [
  [
    "opened",
    { fail: "EMFILE", when: ({ verb, args }) => verb === "open" && isOwn(args[0]) && args[1] === "overwrite" },
  ],
  ["emptied", { fail: "EIO", when: ({ verb, path }) => verb === "truncate" && isOwn(path) }],
  ["synced", { fail: "EIO", when: ({ verb, path }) => verb === "fsync" && isOwn(path) }],
] satisfies [string, Fault][]) {
  test(`a journal that cannot be ${what} at its end stands in nobody's way, and undoes nothing later`, () => {
    const port = freshPort();
    // The first sync of the journal is its commit.
    let skipped = what === "synced" ? 1 : 0;
    const failing = faultPlan(port, { ...fault, times: 1, when: (call) => fault.when(call) && (skipped -= 1) < 0 });
    change(failing);
    new Files(port).writeFileSync("/root/a.txt", "later");
    next(port);
    assert.equal(contents(port), "later, new b");
    assert.deepEqual(
      Object.keys(port.tree()).filter((path) => /\.(?:journal|part)$/.test(path)),
      [],
    );
    assert.deepEqual(port.openPaths(), []);
  });
}

test("a target that a reader has open on Windows is tried again, and the transaction is not left half applied", () => {
  const port = memoryPort({ replaceMayBeRefused: true });
  port.put("/root/a.txt", "old a");
  port.put("/root/b.txt", "old b");
  const reader = port.anotherProcess();
  const handle = reader.fs.open("/root/b.txt", "read", 0);
  let tries = 0;
  const watched = interceptPort(port, {
    before({ verb, args }) {
      if (verb === "rename" && args[1] === "/root/b.txt" && (tries += 1) === 3) reader.fs.close(handle);
      return undefined;
    },
  });
  change(watched);
  assert.equal(tries, 3);
  assert.equal(contents(port), "new a, new b");
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
      const now = contents(port);
      if (error === undefined || error.outcome === "replaced")
        assert.equal(now, "new a, new b", `${code} at ${at}: ${inspect(error)}`);
      else if (error.outcome === "unchanged") assert.equal(now, "old a, old b", `${code} at ${at}: ${inspect(error)}`);
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
      const after = contents(port);
      if (error?.outcome === "unchanged") assert.equal(after, "old a, old b", `${code} at ${at}, afterwards`);
      else
        assert.ok(
          after === "new a, new b" ||
            (error?.code !== "UNTORN_INCOMPLETE" && error !== undefined && after === "old a, old b"),
          `${code} at ${at}: ${after}`,
        );
      const leftovers = port.fs.readdir("/root").filter((name) => name.includes(".untorn.") && !name.endsWith(".lock"));
      if (error?.outcome === "unchanged") assert.deepEqual(leftovers, [], `${code} at ${at}`);
    }
  }
  console.log(`${cases} failing calls`);
});
