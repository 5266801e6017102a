// Starts and talks to contenders, in either way of locking.
import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { nodePort } from "../../src/platform/index.ts";
import type { Answer, Order } from "./contender.ts";

const program = fileURLToPath(new URL("contender.js", import.meta.url));

/** Both ways of locking; `kernel` only where the native module loads. */
export const ways = [
  { name: "kernel locks", env: { UNTORN_NATIVE: "1" }, skip: nodePort.traits.kernelLocks ? false : "no native module" },
  { name: "fallback", env: { UNTORN_NATIVE: "0" }, skip: false },
] as const;
export type Way = (typeof ways)[number];

/** A folder that is removed when the tests of this file have ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "untorn-lock-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export class Contender {
  readonly child: ChildProcess;
  readonly #answers: Answer[] = [];
  readonly #wanted: { event: string; resolve: (answer: Answer) => void }[] = [];
  /** Called with every answer, before anybody who waits for it. */
  listener: ((answer: Answer) => void) | undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    child.on("message", (message) => {
      const answer = message as Answer;
      this.listener?.(answer);
      const place = this.#wanted.findIndex(({ event }) => event === answer.event);
      if (place === -1) this.#answers.push(answer);
      else this.#wanted.splice(place, 1)[0]?.resolve(answer);
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  tell(order: Order): void {
    this.child.send(order);
  }

  /** The next answer of that kind, also one that came in earlier; fails after 60 s. */
  async hear<E extends Answer["event"]>(event: E): Promise<Answer & { event: E }> {
    const place = this.#answers.findIndex((answer) => answer.event === event);
    if (place !== -1) return this.#answers.splice(place, 1)[0] as Answer & { event: E };
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new Error(`no "${event}" from ${this.pid} in 60 s; unasked: ${JSON.stringify(this.#answers)}`));
      const timer = setTimeout(late, 60_000);
      this.#wanted.push({
        event,
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer as Answer & { event: E });
        },
      });
    });
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    const gone = once(this.child, "exit");
    this.tell({ op: "exit" });
    await gone;
  }
}

export async function contender(
  way: Way,
  path: string,
  log: string,
  wrapper: readonly string[] = [],
  more: NodeJS.ProcessEnv = {},
): Promise<Contender> {
  const env = { ...process.env, ...way.env, ...more };
  const [command, ...rest] = wrapper;
  const child =
    command === undefined
      ? fork(program, [path, log], { env, execArgv: [] })
      : spawn(command, [...rest, process.execPath, program, path, log], {
          env,
          stdio: ["ignore", "inherit", "inherit", "ipc"],
        });
  const made = new Contender(child);
  // A test that fails must not leave processes behind, which would keep the test runner waiting.
  after(() => made.kill());
  await made.hear("ready");
  return made;
}

/** Reads the witnesses' log: how often two held the lock at once, and how often anybody did. `kill PID` counts as out. */
export function readWitness(log: string): { violations: number; entries: number } {
  const inside = new Set<string>();
  let violations = 0;
  let entries = 0;
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const [word, pid = ""] = line.split(" ");
    if (word === "in") {
      entries += 1;
      if (inside.size > 0) violations += 1;
      inside.add(pid);
    } else if (word !== "") inside.delete(pid);
  }
  return { violations, entries };
}
