// Several processes in one place, and processes that are killed there: UNTORN_RUNTIMES names other runtimes that take part.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readFile, recover, scan } from "../../src/index.ts";
import { ended, startChild } from "../atomic/support/children.ts";
import { place, strangers } from "./place.ts";

/** Paths of programs that take Node's command line. */
const runtimes = JSON.parse(process.env["UNTORN_RUNTIMES"] ?? "[]") as string[];

function start(code: string, index: number): ReturnType<typeof startChild> {
  const programs = [process.execPath, ...runtimes];
  return startChild(code, { program: programs[index % programs.length] as string });
}

/** Runs code until the file has changed, and a little longer, so that the kill hits it in the middle of its work. */
async function killInTheMiddle(code: string, round: number, path: string): Promise<void> {
  const read = async (): Promise<string> => (await readFile(path, { encoding: "utf8" })).data;
  const before = await read();
  const child = start(code, round);
  try {
    for (let waited = 0; (await read()) === before; waited += 20) {
      assert.ok(waited < 20_000, "nothing was written");
      await sleep(20);
    }
    await sleep(round * 17);
  } finally {
    child.kill("SIGKILL");
    await ended(child);
  }
}

test("processes, of all runtimes, that count in one file lose nothing", { timeout: 120_000 }, async (t) => {
  const path = join(place(t), "count.json");
  writeFileSync(path, "0");
  const code = `for (let i = 0; i < 25; i += 1)
    await untorn.updateFile(${JSON.stringify(path)}, (text) => String(Number(text) + 1), { durability: "off", lockTimeoutMs: 100_000 });`;
  const children = [0, 1, 2, 3].map((index) => start(code, index));
  for (const child of children) child.stdin?.end();
  for (const child of children) assert.deepEqual(await ended(child), { code: 0, signal: null });
  assert.equal(readFileSync(path, "utf8"), "100");
  assert.deepEqual(strangers(join(path, ".."), ["count.json"]), []);
});

test("a writer that is killed leaves old or new, and what it leaves is swept up", { timeout: 120_000 }, async (t) => {
  const folder = place(t);
  const path = join(folder, "state.json");
  const whole = (n: number): string => JSON.stringify({ n, filler: "x".repeat(20_000) });
  writeFileSync(path, whole(0));
  const code = `for (let n = 1; ; n += 1) await untorn.writeFile(${JSON.stringify(path)}, JSON.stringify({ n, filler: "x".repeat(20000) }));`;
  for (let round = 0; round < 6; round += 1) {
    await killInTheMiddle(code, round, path);
    const text = readFileSync(path, "utf8");
    assert.equal(text, whole((JSON.parse(text) as { n: number }).n));
  }
  await recover(folder, { apply: true });
  assert.deepEqual(strangers(folder, ["state.json", ".untorn"]), []);
  assert.deepEqual((await scan(folder)).findings, []);
});

test("a transaction that is killed is carried out or taken back", { timeout: 120_000 }, async (t) => {
  const folder = place(t);
  const names = ["a.txt", "b.txt", "c.txt"];
  for (const name of names) writeFileSync(join(folder, name), "0");
  const code = `for (let n = 1; ; n += 1) await untorn.transaction(${JSON.stringify(folder)}, async (tx) => {
    const next = String(Number((await tx.readText("a.txt")).data) + 1);
    for (const name of ${JSON.stringify(names)}) tx.write(name, next);
  });`;
  for (let round = 0; round < 6; round += 1) {
    await killInTheMiddle(code, round, join(folder, "a.txt"));
    const { actions } = await recover(folder, { apply: true });
    const contents = new Set(names.map((name) => readFileSync(join(folder, name), "utf8")));
    assert.equal(contents.size, 1, `${round}: ${[...contents].join(", ")} after ${JSON.stringify(actions)}`);
  }
  assert.notEqual(readFileSync(join(folder, "a.txt"), "utf8"), "0", "nothing was ever committed");
});
