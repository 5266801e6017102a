import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openStore } from "../../src/store.ts";
import { linearize, SeededRandom, sharedClockMs } from "../../src/testing/index.ts";
import type { RecordedStoreCall, StoreCall } from "../../src/testing/index.ts";

/**
 * Several processes work on one directory; some are killed in the middle of a call. There must be one order of all calls
 * that explains what each of them saw, what a process that comes later finds, and the revisions.
 */
const program = fileURLToPath(new URL("./client.js", import.meta.url));
const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);
const histories = 6 * Number(process.env["UNTORN_EFFORT"] ?? 1);
const processes = 3;
const callsEach = 7;

test(`histories of ${processes} processes, some of them killed, are linearizable (seed ${seed})`, async (t) => {
  const random = new SeededRandom(seed);
  let calls = 0;
  let unfinished = 0;
  for (let history = 0; history < histories; history += 1) {
    const directory = mkdtempSync(join(tmpdir(), "untorn-processes-"));
    try {
      const recorded = await record(directory, random, history % 2 === 0);
      const order = linearize(recorded);
      assert.ok(order, `history ${history} of seed ${seed} cannot be explained:\n${JSON.stringify(recorded, null, 1)}`);
      calls += recorded.length;
      unfinished += recorded.filter(({ ended }) => ended === Infinity).length;
    } finally {
      rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    }
  }
  assert.ok(calls > histories * processes, `only ${calls} calls`);
  t.diagnostic(`${calls} calls in ${histories} histories, ${unfinished} of them killed`);
});

async function record(directory: string, random: SeededRandom, kill: boolean): Promise<RecordedStoreCall[]> {
  const clients = Array.from(
    { length: processes },
    (_, index) => new Client(directory, `p${index}`, random.below(1e9)),
  );
  await Promise.all(clients.map((client) => client.ready));
  for (const client of clients) client.start();
  const victim = clients[0] as Client;
  if (kill) victim.killAt(1 + random.below(10), random.below(12));
  await Promise.all(clients.map((client) => client.ended));
  const history = clients.flatMap((client) => client.history());
  // Who comes afterwards sees what all of them left.
  const store = await openStore(directory);
  const note = (begun: number, call: StoreCall): void =>
    void history.push({ client: "later", begun, ended: sharedClockMs(), call });
  let begun = sharedClockMs();
  const { keys, revision } = await store.list();
  note(begun, { kind: "list", keys, revision });
  for (const key of ["a", "b", "d/c"]) {
    begun = sharedClockMs();
    note(begun, { kind: "get", key, etag: (await store.get(key))?.etag ?? null });
  }
  await store.close();
  return history;
}

type Line = { readonly ready?: true; readonly begun?: number; readonly ended?: number; readonly call: StoreCall };

class Client {
  readonly #name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Line[] = [];
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  #killAt: number | undefined;
  #killAfterMs = 0;

  constructor(directory: string, name: string, ownSeed: number) {
    this.#name = name;
    const args = [program, directory, name, String(ownSeed), String(callsEach)];
    this.#child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin.on("error", () => undefined);
    let rest = "";
    let isReady = (): void => undefined;
    this.ready = new Promise((resolve) => void (isReady = resolve));
    this.#child.stdout.on("data", (data: Buffer) => {
      const lines = (rest + data.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line) as Line, isReady);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on("close", (code, signal) =>
        code === 0 || signal === "SIGKILL" ? resolve() : reject(new Error(`${name} ended with ${code ?? signal}`)),
      );
    });
  }

  start(): void {
    this.#child.stdin.write("go\n");
  }

  /** Kills it a moment after its `line`-th line. */
  killAt(line: number, afterMs: number): void {
    this.#killAt = line;
    this.#killAfterMs = afterMs;
  }

  #take(line: Line, isReady: () => void): void {
    if (line.ready === true) return isReady();
    this.#lines.push(line);
    if (this.#lines.length === this.#killAt) setTimeout(() => this.#child.kill("SIGKILL"), this.#killAfterMs);
  }

  history(): RecordedStoreCall[] {
    const history: RecordedStoreCall[] = [];
    for (const [index, { begun, call }] of this.#lines.entries()) {
      if (begun === undefined) continue;
      const end = this.#lines[index + 1];
      if (end?.ended !== undefined) history.push({ client: this.#name, begun, ended: end.ended, call: end.call });
      else if (call.kind === "commit") history.push({ client: this.#name, begun, ended: Infinity, call });
    }
    return history;
  }
}
