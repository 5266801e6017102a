import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { breakLock, lock, updateFile, updateFileSync } from "../../src/index.ts";
import { readJson, readJsonSync, updateJson, updateJsonSync } from "../../src/json.ts";
import { startChild } from "../atomic/support/children.ts";
import { folder } from "../atomic/support/places.ts";
import { restedNames } from "./names.ts";

const unchanged = { outcome: "unchanged" };

test("updateFile reads, changes and replaces; a new file starts from undefined; the same text leaves the file alone", async (t) => {
  const path = join(folder(t), "a/b/state.txt");
  const seen: (string | undefined)[] = [];
  const add = (current: string | undefined): string => {
    seen.push(current);
    return `${current ?? ""}x`;
  };
  await assert.rejects(updateFile(path, add), { code: "UNTORN_NOT_FOUND", ...unchanged });
  const made = await updateFile(path, add, { mkdir: true, mode: 0o640 });
  assert.deepEqual([made.value, made.receipt.created, statSync(path).mode & 0o777], ["x", true, 0o640]);
  assert.equal(updateFileSync(path, add).value, "xx");
  const { ino } = statSync(path);
  const same = await updateFile(path, (current = "") => current);
  assert.deepEqual([same.receipt.changed, statSync(path).ino], [false, ino]);
  assert.deepEqual(seen, [undefined, "x"]);
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.deepEqual(await restedNames(join(path, "..")), ["state.txt"]);
});

test("text is taken as it is: $&, \\1, line ends, a byte order mark; half a surrogate pair is refused", async (t) => {
  const path = join(folder(t), "text");
  const texts = ["\uFEFF$& \\1 $1 $` / & \r\nend\r\n", "\u2028\u2029\u0085 \\0", "x".repeat(100_000)];
  for (const text of texts) {
    await updateFile(path, () => text);
    assert.deepEqual(readFileSync(path), Buffer.from(text));
    assert.equal((await updateFile(path, (current = "") => current)).value, text);
  }
  const before = readFileSync(path);
  for (const bad of ["\ud800", undefined, null, 1, Buffer.from("x")]) {
    const refused = { code: "UNTORN_INVALID_ARGUMENT", ...unchanged };
    await assert.rejects(
      updateFile(path, () => bad as string),
      refused,
    );
    assert.throws(() => updateFileSync(path, () => bad as string), refused);
  }
  assert.deepEqual(readFileSync(path), before);
});

test("nothing is saved over what is corrupt, and the function is not even asked (G7)", async (t) => {
  const path = join(folder(t), "state.json");
  const never = (): never => assert.fail("asked");
  const corrupt = { code: "UNTORN_CORRUPT", ...unchanged };
  const contents = ["", "\0\0\0", '{"a":', '{"a":1}x', "\xff\xfe", '{"a":1}\0\0'];
  for (const content of contents) {
    writeFileSync(path, content, "latin1");
    utimesSync(path, 1, 1);
    await assert.rejects(updateJson(path, never), corrupt);
    assert.throws(() => updateJsonSync(path, never), corrupt);
    if (!content.startsWith("{") || content.includes("\0")) await assert.rejects(updateFile(path, never), corrupt);
    assert.equal(readFileSync(path, "latin1"), content);
  }
  assert.throws(() => readJsonSync(`${path}.none`), { code: "UNTORN_NOT_FOUND" });
});

test("what the function throws comes out as it is, and nothing is changed or left behind", async (t) => {
  const place = folder(t);
  const path = join(place, "state.txt");
  writeFileSync(path, "old");
  const own = new Error("mine");
  const fail = (): never => {
    throw own;
  };
  await assert.rejects(updateFile(path, fail), (error) => error === own);
  assert.throws(
    () => updateFileSync(path, fail),
    (error) => error === own,
  );
  await assert.rejects(
    updateFile(path, () => Promise.reject(own)),
    (error) => error === own,
  );
  const promised = { code: "UNTORN_INVALID_ARGUMENT", message: /returned a promise/, ...unchanged };
  assert.throws(() => updateFileSync(path, (() => Promise.resolve("new")) as unknown as () => string), promised);
  assert.throws(() => updateJsonSync(join(place, "new.json"), () => Promise.resolve({})), promised);
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(await restedNames(place), ["state.txt"]);
});

test("a writer that takes no lock is noticed by content, not by time: run again, or UNTORN_CONFLICT", async (t) => {
  const path = join(folder(t), "state.json");
  const original = '{"count":1}';
  const interfere = (onConflict: "retry" | "fail", rounds: number) => {
    writeFileSync(path, original);
    const { atime, mtime } = statSync(path);
    let runs = 0;
    const change = (current: unknown): unknown => {
      runs += 1;
      // The same size, and the same time: only the content tells.
      if (runs <= rounds) {
        writeFileSync(path, `{"count":${runs + 1}}`);
        utimesSync(path, atime, mtime);
      }
      return { count: (current as { count: number }).count + 5 };
    };
    return { change, options: { onConflict }, runs: () => runs };
  };
  const once = interfere("retry", 1);
  assert.deepEqual((await updateJson(path, once.change, once.options)).value, { count: 7 });
  assert.deepEqual([once.runs(), readFileSync(path, "utf8")], [2, '{"count":7}']);
  const twice = interfere("retry", 2);
  assert.deepEqual(updateJsonSync(path, twice.change, twice.options).value, { count: 8 });
  const fail = interfere("fail", 1);
  await assert.rejects(updateJson(path, fail.change, fail.options), { code: "UNTORN_CONFLICT", ...unchanged });
  assert.deepEqual([fail.runs(), readFileSync(path, "utf8")], [1, '{"count":2}']);
  const always = interfere("retry", 8);
  await updateJson(path, always.change, always.options);
  const forever = interfere("retry", 1_000);
  const big = (current: unknown): unknown => {
    writeFileSync(path, `{"count":${Math.random()}}`);
    return forever.change(current);
  };
  await assert.rejects(updateJson(path, big), { code: "UNTORN_CONFLICT", ...unchanged });
});

test("a file that appears while a new one is made is not overwritten", async (t) => {
  const path = join(folder(t), "state.json");
  const seen: unknown[] = [];
  const change = (current: unknown): unknown => {
    seen.push(current);
    if (seen.length === 1) writeFileSync(path, '{"theirs":1}');
    return { ...(current as object | undefined), ours: 1 };
  };
  await updateJson(path, change);
  assert.deepEqual(seen, [undefined, { theirs: 1 }]);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { theirs: 1, ours: 1 });
});

test("a file that a foreign program writes in place is waited for, and then counted as what it is", async (t) => {
  const path = join(folder(t), "state.json");
  const whole = JSON.stringify({ list: Array.from({ length: 50 }, (_, i) => i) });
  writeFileSync(path, whole.slice(0, 10));
  const write = async (end: number): Promise<void> => {
    for (let length = 20; length < end; length += 20) {
      await sleep(15);
      writeFileSync(path, whole.slice(0, length));
    }
  };
  const writing = write(whole.length).then(() => writeFileSync(path, whole));
  const { value } = await updateJson(path, (current) => ({ ...(current as object), seen: true }));
  await writing;
  assert.equal((value as { list: unknown[] }).list.length, 50);
  writeFileSync(path, whole.slice(0, 10));
  const started = performance.now();
  await assert.rejects(readJson(path), { code: "UNTORN_CORRUPT" });
  assert.ok(performance.now() - started < 900, "quiet for 60 ms is enough");
  utimesSync(path, 1, 1);
  const old = performance.now();
  assert.throws(() => readJsonSync(path), { code: "UNTORN_CORRUPT" });
  assert.ok(performance.now() - old < 50, "an old file is not being written");
});

test("a file that keeps changing and never parses is called corrupt after a second", async (t) => {
  const path = join(folder(t), "state.json");
  let number = 0;
  const scribble = (): void => writeFileSync(path, `{"broken": ${(number += 1)}`);
  scribble();
  const timer = setInterval(scribble, 10);
  const started = performance.now();
  try {
    await assert.rejects(readJson(path), { code: "UNTORN_CORRUPT" });
  } finally {
    clearInterval(timer);
  }
  const ms = performance.now() - started;
  assert.ok(ms > 300 && ms < 5_000, `${ms} ms`);
});

test("an abort is honoured while waiting for the lock, in the function, and before the commit", async (t) => {
  const place = folder(t);
  const path = join(place, "state.txt");
  writeFileSync(path, "old");
  const aborted = { code: "UNTORN_ABORTED", ...unchanged };
  await assert.rejects(
    updateFile(path, () => "new", { signal: AbortSignal.abort() }),
    aborted,
  );
  const held = await lock(path);
  const started = performance.now();
  await assert.rejects(
    updateFile(path, () => "new", { signal: AbortSignal.timeout(50) }),
    aborted,
  );
  assert.ok(performance.now() - started < 5_000);
  await assert.rejects(
    updateFile(path, () => "new", { lockTimeoutMs: 30 }),
    { code: "UNTORN_LOCKED", ...unchanged, next: /lockTimeoutMs/ },
  );
  assert.throws(() => updateFileSync(path, () => "new"), { code: "UNTORN_LOCKED", ...unchanged });
  await held.release();
  const controller = new AbortController();
  const change = (): string => {
    controller.abort();
    return "new";
  };
  await assert.rejects(updateFile(path, change, { signal: controller.signal }), aborted);
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(await restedNames(place), ["state.txt"]);
  await updateFile(path, () => "new");
});

test("a holder whose lock was broken while it computed does not save (fence)", async (t) => {
  const place = folder(t);
  const path = join(place, "state.txt");
  writeFileSync(path, "old");
  // The content stays what was read, so that only the fence can tell.
  const change = async (): Promise<string> => {
    const robbed = await breakLock(path);
    assert.equal(robbed.length, 1);
    return "new";
  };
  await assert.rejects(updateFile(path, change), { code: "UNTORN_LOCK_LOST", ...unchanged });
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(await restedNames(place), ["state.txt"]);
});

test("a process that is killed in an update frees the lock and leaves the old content", async (t) => {
  const place = folder(t);
  const path = join(place, "state.txt");
  writeFileSync(path, "old");
  const child = startChild(
    `await untorn.updateFile(${JSON.stringify(path)}, async () => { report("in"); await new Promise((done) => setTimeout(done, 60000)); return "new"; });`,
  );
  t.after(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  child.kill("SIGKILL");
  const { value } = await updateFile(path, (current) => `${current}, then mine`);
  assert.equal(value, "old, then mine");
  assert.deepEqual(await restedNames(place), ["state.txt"]);
});

test("many updates at once in one process lose nothing, sync ones between them included", async (t) => {
  const path = join(folder(t), "count.json");
  const add = (current: unknown): unknown => ((current as number | undefined) ?? 0) + 1;
  const options = { durability: "off" as const, lockTimeoutMs: 60_000 };
  await Promise.all(Array.from({ length: 100 }, () => updateJson(path, add, options)));
  updateJsonSync(path, add, options);
  assert.equal((await readJson(path)).value, 101);
});

test("a private file stays private, and an update needs no write permission on the file itself", async (t) => {
  const path = join(folder(t), "state.json");
  writeFileSync(path, "{}");
  chmodSync(path, 0o400);
  await updateJson(path, () => ({ a: 1 }));
  assert.equal(statSync(path).mode & 0o777, 0o400);
  assert.ok(existsSync(path));
});
