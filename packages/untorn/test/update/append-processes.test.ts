import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { appendLine, readLines } from "../../src/jsonl.ts";
import type { Line } from "../../src/jsonl.ts";
import { runChild } from "../atomic/support/children.ts";
import { folder, inMemory } from "../atomic/support/places.ts";

const program = fileURLToPath(new URL("appending-child.js", import.meta.url));

interface Record {
  readonly name: string;
  readonly number: number;
  readonly text: string;
}

async function all(path: string): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}

test("8 processes append, and are killed in the middle: every record that was confirmed is there, once and whole", async (t) => {
  const place = folder(t, inMemory());
  const path = join(place, "log.jsonl");
  const confirmed = new Map<string, number>();
  const run = async (name: string, killAfterMs: number): Promise<void> => {
    const child = spawn(process.execPath, [program, path, name, "100000"], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    let told = "";
    child.stdout.on("data", (data: Buffer) => (told += data.toString()));
    await once(child.stdout, "data");
    await sleep(killAfterMs);
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
    const whole = told.slice(0, told.lastIndexOf("\n")).split("\n");
    confirmed.set(name, Number(whole.at(-1)));
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => run(`p${index}`, 300 + 60 * index)));
  const receipt = await appendLine(path, { name: "last", number: 1, text: "" });
  const lines = await all(path);
  const counts = new Map<string, number>();
  for (const line of lines) {
    assert.ok(line.ok, `line ${line.line} is bad`);
    const { name, number, text } = line.value as Record;
    assert.equal(number, (counts.get(name) ?? 0) + 1, `${name} lost a record or has it twice`);
    if (name !== "last") assert.equal(text.length, (number * 37) % 5_000);
    counts.set(name, number);
  }
  for (const [name, number] of confirmed) {
    const there = counts.get(name) ?? 0;
    // The one that was under way when it was killed may be there, too.
    assert.ok(there === number || there === number + 1, `${name}: ${number} confirmed, ${there} there`);
  }
  assert.equal(readFileSync(path).byteLength, receipt.bytes);
  const rest = readdirSync(place).filter((name) => name !== ".untorn");
  assert.deepEqual(rest, ["log.jsonl"]);
});

test("a limit on the size of files leaves the log as it was, byte for byte", async (t) => {
  const place = folder(t);
  const path = join(place, "log.jsonl");
  const before = `${JSON.stringify({ text: "y".repeat(32_000) })}\n`;
  writeFileSync(path, before);
  const code = `
    const { appendLine, appendLineSync } = await import(new URL("jsonl.js", ${JSON.stringify(new URL("../../src/", import.meta.url).href)}).href);
    const big = { text: "x".repeat(1_000) };
    const path = ${JSON.stringify(path)};
    report([await attempt(() => appendLine(path, big)), await attempt(() => appendLineSync(path, big)),
      await attempt(() => appendLine(path + ".new", { text: "x".repeat(40_000) }))]);
  `;
  const { report, stderr, status } = runChild(code, { shell: `trap "" XFSZ; ulimit -f 64; exec "$@"` });
  assert.equal(status, 0, stderr);
  for (const { error } of report as { error?: { code: string; outcome: string } }[]) {
    assert.deepEqual([error?.code, error?.outcome], ["UNTORN_DISK_FULL", "unchanged"]);
  }
  assert.equal(readFileSync(path, "utf8"), before);
  assert.deepEqual(readdirSync(place), ["log.jsonl"]);
});

test("a program that appends without the lock loses nothing", async (t) => {
  const path = join(folder(t, inMemory()), "log.jsonl");
  const stop = new AbortController();
  let foreign = 0;
  const theirs = (async () => {
    while (!stop.signal.aborted) {
      appendFileSync(path, `{"foreign":${(foreign += 1)}}\n`);
      await sleep(0);
    }
  })();
  for (let number = 1; number <= 200; number += 1) await appendLine(path, { number }, { durability: "off" });
  stop.abort();
  await theirs;
  const lines = await all(path);
  assert.ok(lines.every(({ ok }) => ok));
  assert.equal(lines.length, 200 + foreign);
});
