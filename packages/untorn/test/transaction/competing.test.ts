import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readTogether, transaction } from "../../src/index.ts";

const program = fileURLToPath(new URL("./committer.js", import.meta.url));
const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);
const seconds = Number(process.env["UNTORN_SECONDS"] ?? 10);

/**
 * Two processes commit overlapping sets of files and are killed at random moments (and started again); a reader beside
 * them must only ever see states that a commit produced, and nothing that a commit returned for may be missing at the end.
 */
test(`processes that compete and are killed lose nothing and show nothing half done (seed ${seed}, ${seconds} s)`, async (t) => {
  const root = mkdtempSync(join(tmpdir(), "untorn-compete-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, "history.jsonl"), "");
  const files = Array.from({ length: 5 }, (_, index) => `f${index}.txt`);
  for (const file of files) writeFileSync(join(root, file), "nobody 0");

  const returned = new Map<string, number>();
  const running = new Map<ChildProcess, string>();
  let runs = 0;
  const start = (): void => {
    const name = `run${(runs += 1)}`;
    const child = spawn(process.execPath, [program, root, name, String(seed + runs)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    running.set(child, name);
    child.stdout.on("data", (data: Buffer) => {
      const numbers = data.toString().trim().split("\n").map(Number);
      returned.set(name, Math.max(returned.get(name) ?? 0, ...numbers));
    });
    child.on("exit", () => running.delete(child));
  };
  t.after(() => [...running.keys()].forEach((child) => child.kill("SIGKILL")));
  start();
  start();

  const end = Date.now() + seconds * 1000;
  let states = 0;
  let kills = 0;
  let random = seed;
  while (Date.now() < end || (kills < 2 && Date.now() < end + 60_000)) {
    check(await readTogether(root, ["history.jsonl", ...files]), files);
    states += 1;
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    // On a busy machine a process takes long to start, and one that has committed nothing would never get to it.
    const atWork = [...running.keys()].filter((child) => returned.has(running.get(child) ?? ""));
    if (random % 12 === 0 && atWork.length > 0) {
      atWork[random % atWork.length]?.kill("SIGKILL");
      kills += 1;
    }
    while (running.size < 2) start();
    await sleep(random % 20);
  }
  const ending = [...running.keys()].map((child) => new Promise((resolve) => child.on("close", resolve)));
  [...running.keys()].forEach((child) => child.kill("SIGKILL"));
  await Promise.all(ending);

  await transaction(root, () => undefined);
  const history = check(await readTogether(root, ["history.jsonl", ...files]), files);
  for (const [name, number] of returned) {
    const seen = history.filter((entry) => entry.name === name).map((entry) => entry.number);
    assert.deepEqual(
      seen,
      Array.from({ length: seen.length }, (_, index) => index + 1),
      `${name}: in order, none twice`,
    );
    assert.ok(seen.length >= number, `${name} had returned from ${number} commits, ${seen.length} are there`);
  }
  assert.ok(
    states > 5 && kills > 1 && history.length > 5,
    `${states} states, ${kills} kills, ${history.length} commits`,
  );
  assert.deepEqual(
    readdirSync(join(root, ".untorn")).filter((name) => name.endsWith(".journal")),
    [],
  );
  t.diagnostic(`${history.length} commits, ${kills} kills, ${states} states read`);
});

interface Entry {
  readonly name: string;
  readonly number: number;
  readonly files: readonly string[];
}

/** The files must be what the history says: for each, the last commit that named it. */
function check(contents: readonly ({ readonly data: Uint8Array } | undefined)[], files: readonly string[]): Entry[] {
  const [history = "", ...rest] = contents.map((content) => Buffer.from(content?.data ?? []).toString());
  const entries = history
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
  for (const [index, file] of files.entries()) {
    const last = entries.findLast((entry) => entry.files.includes(file));
    assert.equal(rest[index], last === undefined ? "nobody 0" : `${last.name} ${last.number}`, file);
  }
  return entries;
}
