import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { history, readGeneration, restore, updateFile, writeFile, writeFileSync as write } from "../../src/index.ts";
import { faultPlan, memoryPort, recordCalls } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "untorn-generations-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const kept = (folder: string): string[] => {
  const at = join(folder, ".untorn/generations/a.json");
  return readdirSync(at)
    .sort()
    .map((name) => readFileSync(join(at, name), "utf8"));
};

const keptIn = (port: MemoryPort): (string | null)[] =>
  Object.entries(port.tree()).flatMap(([path, content]) =>
    /generations\/a\.json\/\d{8}-/.test(path) ? [content] : [],
  );

test("so many earlier contents are kept, by writes and by updates", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "a.json");
  for (let version = 1; version <= 4; version += 1) await writeFile(path, `{"v":${version}}`, { generations: 3 });
  await updateFile(path, () => '{"v":5}', { generations: 3 });
  assert.deepEqual(kept(folder), ['{"v":2}', '{"v":3}', '{"v":4}']);
  assert.equal(statSync(path).nlink, 1);
  write(path, '{"v":6}', { generations: 2 });
  assert.deepEqual(kept(folder), ['{"v":4}', '{"v":5}']);
  assert.deepEqual(readdirSync(folder).sort(), [".untorn", "a.json"]);
});

test("an invalid content never becomes a generation; it goes to the quarantine", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "a.json");
  await writeFile(path, '{"v":1}', { generations: 1 });
  await writeFile(path, '{"v":2}', { generations: 1 });
  writeFileSync(path, '{"torn');
  await writeFile(path, '{"v":3}', { generations: 1 });
  writeFileSync(path, "");
  await writeFile(path, '{"v":4}', { generations: 1 });
  assert.deepEqual(kept(folder), ['{"v":1}']);
  const quarantine = join(folder, ".untorn/quarantine");
  assert.deepEqual(
    readdirSync(quarantine).map((name) => readFileSync(join(quarantine, name), "utf8")),
    ['{"torn'],
  );
});

test("history, a generation's content, and a restore, which is a forward revision", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "a.json");
  for (const items of [[1], [1, 2], [1, 2, 3]]) await writeFile(path, JSON.stringify(items), { generations: 5 });
  const before = await history(path);
  assert.deepEqual(
    before.generations.map(({ number, summary }) => [number, summary]),
    [
      [2, "2 items"],
      [1, "1 item"],
    ],
  );
  assert.equal(before.current?.summary, "3 items");
  assert.equal(Buffer.from((await readGeneration(path, 1)).data).toString(), "[1]");
  assert.equal((await restore(path)).number, 2);
  assert.equal(readFileSync(path, "utf8"), "[1,2]");
  assert.equal((await restore(path, 1)).number, 1);
  assert.equal(readFileSync(path, "utf8"), "[1]");
  assert.deepEqual(kept(folder), ["[1]", "[1,2]", "[1,2,3]", "[1,2]"]);
  await assert.rejects(restore(path, 9), { code: "UNTORN_NOT_FOUND" });
  await assert.rejects(restore(join(folder, "none.json")), { code: "UNTORN_NOT_FOUND" });
});

test("a file with another name is copied, so that the generation does not change with it", async (t) => {
  const port = memoryPort();
  const files = new Files(port, writeKeeping);
  port.put("/s/a.json", '{"v":1}');
  port.fs.link("/s/a.json", "/s/b.json");
  files.writeFileSync("/s/a.json", '{"v":2}', { generations: 2 });
  port.put("/s/b.json", '{"v":"changed"}');
  const tree = port.tree();
  const generations = Object.entries(tree).filter(([path]) => path.startsWith("/s/.untorn/generations/a.json/"));
  assert.deepEqual(
    generations.map(([, content]) => content),
    ['{"v":1}'],
  );
  t.diagnostic(Object.keys(tree).join(" "));
});

test("a generation that is a copy is synced before it has its name", () => {
  const port = memoryPort();
  port.put("/s/a.json", "1");
  port.fs.link("/s/a.json", "/s/other.json");
  const recorded = recordCalls(port);
  new Files(recorded, writeKeeping).writeFileSync("/s/a.json", "2", { generations: 3 });
  const calls = recorded.calls.filter(({ path }) => path.includes("/generations/a.json/.")).map(({ verb }) => verb);
  assert.deepEqual(calls, ["open", "write", "fsync", "close", "rename"]);
});

test("a file that is rewritten in place is copied, so that the generation is not rewritten with it", () => {
  const port = memoryPort();
  port.put("/s/a.json", "1");
  port.mount("/s/a.json");
  const { via } = new Files(port, writeKeeping).writeFileSync("/s/a.json", "2", {
    generations: 3,
    inPlace: "journaled",
  });
  assert.equal(via, "in-place");
  const contents = Object.entries(port.tree()).filter(([path]) => path.includes("/generations/a.json/"));
  assert.deepEqual([port.tree()["/s/a.json"], contents.map(([, text]) => text)], ["2", ["1"]]);
});

test("what changes while the lock of the generations is taken is not replaced: ifMatch is asked once more", () => {
  const port = memoryPort();
  port.put("/s/a.json", "1");
  const { etag } = new Files(port).readFileSync("/s/a.json");
  let changed = false;
  const racing = faultPlan(port, {
    fail: "EIO",
    when({ verb, path }) {
      if (verb === "tryLock" && path.includes("/generations/") && !changed) {
        changed = true;
        port.put("/s/a.json", "3");
      }
      return false;
    },
  });
  const files = new Files(racing, writeKeeping);
  const write = (): unknown => files.writeFileSync("/s/a.json", "2", { generations: 3, ifMatch: etag });
  assert.throws(write, { code: "UNTORN_CONFLICT", outcome: "unchanged" });
  assert.ok(changed);
  assert.equal(port.tree()["/s/a.json"], "3");
});

test("whatever call fails, the file is the old or the new, and the last generation is there", () => {
  const fresh = () => {
    const port = memoryPort();
    const files = new Files(port, writeKeeping);
    files.writeFileSync("/a.json", '{"v":1}');
    files.writeFileSync("/a.json", '{"v":2}', { generations: 1 });
    return port;
  };
  let calls = 0;
  for (let at = 1; ; at += 1) {
    const port = fresh();
    const plan = faultPlan(port, { at, fail: "EIO" });
    let failed = false;
    try {
      new Files(plan, writeKeeping).writeFileSync("/a.json", '{"v":3}', { generations: 1 });
    } catch {
      failed = true;
    }
    if (plan.report.faults === 0) break;
    calls += 1;
    const tree = port.tree();
    const now = tree["/a.json"];
    const generations = keptIn(port);
    assert.ok(now === '{"v":2}' || now === '{"v":3}', `${at}: ${now}`);
    if (!failed) assert.equal(now, '{"v":3}');
    assert.ok(
      generations.includes(now === '{"v":3}' ? '{"v":2}' : '{"v":1}') || generations.includes('{"v":2}'),
      `${at}: ${generations.join()}`,
    );
  }
  assert.ok(calls > 20);
});

test("a write that changes nothing drops no generation, and leaves the file no second name", () => {
  let refused = 0;
  for (const hardlinks of ["break", "refuse"] as const) {
    for (let at = 1; ; at += 1) {
      const port = memoryPort();
      const files = new Files(port, writeKeeping);
      for (const v of [1, 2]) files.writeFileSync("/a.json", JSON.stringify({ v }), { generations: 1 });
      const plan = faultPlan(port, { at, fail: "ENOSPC" });
      const where = `ENOSPC at call ${at}`;
      try {
        new Files(plan, writeKeeping).writeFileSync("/a.json", '{"v":3}', { generations: 1, hardlinks });
      } catch (error) {
        if ((error as { outcome?: string }).outcome === "unchanged") {
          refused += 1;
          assert.deepEqual(keptIn(port), ['{"v":1}'], where);
          assert.equal(port.fs.lstat("/a.json")?.nlink, 1, where);
          files.writeFileSync("/a.json", '{"v":3}', { generations: 1, hardlinks: "refuse" });
        }
      }
      if (plan.report.faults === 0) break;
      assert.equal(port.tree()["/a.json"], '{"v":3}', where);
      assert.ok(keptIn(port).includes('{"v":2}'), where);
    }
  }
  assert.ok(refused > 20, `${refused}`);
});

test("files without the means to keep generations refuse to be asked for them", () => {
  const files = new Files(memoryPort());
  assert.throws(() => files.writeFileSync("/a.json", "{}", { generations: 1 }), { code: "UNTORN_INVALID_ARGUMENT" });
  assert.throws(() => write("/tmp/x", "{}", { generations: -1 }), { code: "UNTORN_INVALID_ARGUMENT" });
});

test("two processes that write the same file lose no generation", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "a.json");
  const rounds = 40;
  const library = new URL("../../src/index.js", import.meta.url).href;
  const code = `const { writeFile } = await import(${JSON.stringify(library)});
    for (let i = 0; i < ${rounds}; i++) await writeFile(${JSON.stringify(path)}, JSON.stringify([process.env.WHO, i]), { generations: 1000, durability: "off" });`;
  const ends = ["one", "two"].map(
    (who) =>
      new Promise((resolve) => {
        spawn(process.execPath, ["--input-type=module", "-e", code], {
          env: { ...process.env, WHO: who },
          stdio: ["ignore", "ignore", "inherit"],
        }).once("exit", resolve);
      }),
  );
  assert.deepEqual(await Promise.all(ends), [0, 0]);
  const contents = [...kept(folder), readFileSync(path, "utf8")];
  assert.equal(new Set(contents).size, 2 * rounds);
  for (const who of ["one", "two"]) {
    const own = contents.map((text) => JSON.parse(text) as [string, number]).filter(([name]) => name === who);
    assert.deepEqual(
      own.map(([, index]) => index),
      [...Array(rounds).keys()],
      "in the order in which they were written",
    );
  }
});
