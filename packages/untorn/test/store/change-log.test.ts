import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { etagOf } from "../../src/atomic/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { openStoreOn } from "../../src/store/index.ts";
import { memoryPort, recordCalls } from "../../src/testing/index.ts";
import { after, before, change, commit, content, etags, keep, open, prepare, replay } from "./embedded.ts";

/** A log that was damaged, that grows, and that follows what other programs do. */

const path = "/root/.untorn/changes.jsonl";

describe("a log that is not as it was left", () => {
  const add = (port: Port, text: string): void => {
    const handle = port.fs.open(path, "append", 0o644);
    port.fs.write(handle, Buffer.from(text), null);
    port.fs.close(handle);
  };

  test("an incomplete last line is dropped", () => {
    const port = memoryPort();
    prepare(port);
    const since = open(port).view.revision;
    add(port, '{"revision":99');
    const store = open(port);
    commit(store, change);
    assert.deepEqual(replay(open(port), since, before), etags(content(port)));
  });

  for (const [what, line] of [
    ["a line that is no JSON", "\0\0\0\0\n"],
    ["a revision that goes back", '{"revision":1,"changes":[]}\n'],
    ["a line of another kind", '{"revision":9999999999999,"changes":[["a",1]]}\n'],
  ] as const) {
    test(`${what} at the end is dropped`, () => {
      const port = memoryPort();
      prepare(port);
      const since = open(port).view.revision;
      add(port, line);
      commit(open(port), change);
      assert.deepEqual(replay(open(port), since, before), etags(content(port)));
    });

    test(`${what} in the middle: the log is set aside and made anew, and old revisions are not known to it`, () => {
      const port = memoryPort();
      prepare(port);
      const since = open(port).view.revision;
      add(port, `${line}${line}`);
      const store = open(port);
      assert.ok(store.view.base > since);
      assert.deepEqual([...store.view.known.keys()].toSorted(), ["a", "b", "gone"]);
      assert.equal(port.fs.readdir("/root/.untorn/quarantine").length, 1);
      commit(store, change);
      assert.deepEqual(content(port), after);
    });
  }

  test("one of a newer version: an error, and nothing is touched", () => {
    const port = memoryPort();
    prepare(port);
    port.fs.unlink(path);
    const handle = port.fs.open(path, "create", 0o644);
    port.fs.write(handle, Buffer.from('{"untorn":"changes","version":2,"id":"x"}\n'), null);
    port.fs.close(handle);
    assert.throws(() => open(port), { code: "UNTORN_NEWER" });
    assert.deepEqual(content(port), before);
  });

  test("one that is lost: revisions go on above those that were", () => {
    const port = memoryPort();
    prepare(port);
    const { revision } = open(port).view;
    port.clock.pause(60_000);
    port.fs.unlink(path);
    assert.ok(open(port).view.base > revision);
  });
});

test("the log is bounded: it forgets the oldest changes, says so, and still knows every key", async () => {
  const port = memoryPort();
  prepare(port);
  const store = open(port);
  const since = store.view.revision;
  const revisions = Array.from({ length: 30 }, (_, index) => commit(store, [{ key: "a", put: `${index}` }]));
  const fresh = open(port);
  assert.ok(fresh.view.lines.length >= keep && fresh.view.lines.length <= keep * 2 + 1, `${fresh.view.lines.length}`);
  assert.equal(fresh.view.revision, revisions.at(-1));
  assert.deepEqual([...fresh.view.known.keys()].toSorted(), ["a", "b", "gone"]);
  const recent = revisions.at(-keep) as number;
  assert.deepEqual(replay(fresh, recent, content(port)), etags(content(port)));
  const watch = async (from: number): Promise<void> => {
    const opened = await openStoreOn(port, "/root", { remember: keep });
    for await (const _ of opened.watch("", { since: from })) return;
  };
  await assert.rejects(watch(since), { code: "UNTORN_COMPACTED" });
  await watch(recent);
});

test("the line of a commit is synced before the commit returns", () => {
  const port = memoryPort();
  prepare(port);
  const store = open(port);
  const recorded = recordCalls(port.anotherProcess());
  const other = open(recorded);
  const begun = recorded.calls.length;
  commit(other, change);
  const calls = recorded.calls.slice(begun);
  const opened = calls.findIndex(({ verb, args }) => verb === "open" && args[0] === path && args[1] === "append");
  const [written, synced, closed] = (["write", "fsync", "close"] as const).map((wanted) =>
    calls.findIndex(({ verb }, index) => index > opened && verb === wanted),
  ) as [number, number, number];
  assert.ok(opened > 0 && opened < written && written < synced && synced < closed, `${opened} ${written} ${synced}`);
  runSync(port, store.refresh());
  assert.equal(store.view.revision, other.view.revision);
});

/** From now on a file that changes shows no sign of it: the file system's clock stands still. */
function stopClock({ fs, clock }: ReturnType<typeof memoryPort>): void {
  const at = { mtimeMs: clock.now(), ctimeMs: clock.now() };
  const [lstat, fstat] = [fs.lstat.bind(fs), fs.fstat.bind(fs)];
  fs.lstat = (name) => {
    const status = lstat(name);
    return status && { ...status, ...at };
  };
  fs.fstat = (handle) => ({ ...fstat(handle), ...at });
}

test("a change in the same moment, of the same length and in place, is seen", () => {
  const port = memoryPort();
  prepare(port);
  stopClock(port);
  const store = open(port);
  const since = commit(store, [{ key: "a", put: "mine" }]);
  for (const text of ["his1", "his2"]) {
    const handle = port.fs.open("/root/a", "overwrite", 0);
    port.fs.write(handle, Buffer.from(text), 0);
    port.fs.close(handle);
    runSync(port, store.catchUp());
    assert.equal(store.view.known.get("a")?.etag, etagOf(Buffer.from(text)));
  }
  assert.equal(store.view.lines.filter(({ revision }) => revision > since).length, 2);
});

test("a lease whose time is over is not taken up again", () => {
  const port = memoryPort();
  prepare(port);
  const store = open(port);
  const answer = runSync(port, store.grant({ key: "job", ttlMs: 100 }));
  assert.ok("granted" in answer);
  const fence = { key: "job", token: answer.granted.token };
  assert.ok(runSync(port, store.renew(fence)));
  port.clock.pause(101);
  assert.equal(runSync(port, store.renew(fence)), undefined);
  assert.throws(() => runSync(port, store.commit(change, fence)), { code: "UNTORN_FENCED", outcome: "unchanged" });
  assert.deepEqual(content(port), before);
});
