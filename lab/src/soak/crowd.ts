import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SeededRandom } from "untorn/testing";
import { run } from "../run.ts";
import type { SoakPlace } from "./place.ts";

const program = fileURLToPath(new URL("worker.js", import.meta.url));

export interface CrowdOptions {
  readonly root: string;
  readonly witnesses: string;
  readonly processes: number;
  readonly seed: number;
  readonly disk: SoakPlace;
}

/** The processes of a soak, and what befalls them. */
export class Crowd {
  readonly killed = new Set<number>();
  readonly counts = { kills: 0, stops: 0, fills: 0 };
  readonly #options: CrowdOptions;
  readonly #random: SeededRandom;
  readonly #alive = new Map<ChildProcess, string>();
  readonly #waking = new Set<Promise<void>>();
  readonly #readers = new Set<ChildProcess>();
  readonly #failed: string[] = [];
  #born = 0;
  #over = false;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
  }

  async run(seconds: number, signal: AbortSignal): Promise<void> {
    for (let n = 0; n < this.#options.processes; n += 1) this.#spawn();
    const end = performance.now() + seconds * 1000;
    const goesOn = (): boolean => performance.now() < end && !signal.aborted && !this.#over;
    await Promise.all([this.#killAndStop(goesOn), this.#fillNowAndThen(goesOn)]);
  }

  async #killAndStop(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await sleep(50 + this.#random.below(700));
      const victims = [...this.#alive.keys()];
      const victim = victims[this.#random.below(victims.length)];
      if (victim === undefined) continue;
      // A stopped one may be killed as well: its locks must be free all the same.
      if (this.#random.below(100) < 45) this.#stop(victim, 20 + this.#random.below(2000));
      else await this.#kill(victim);
    }
  }

  /** Lets all of them come to their end. Returns who did not, or ended badly. */
  async stop(): Promise<string[]> {
    this.#over = true;
    await Promise.all(this.#waking);
    const ends = [...this.#alive].map(async ([child, name]) => {
      child.kill("SIGCONT");
      child.stdin?.end();
      const ended = hasEnded(child) ? Promise.resolve() : once(child, "exit");
      const late = sleep(60_000, "late", { ref: false });
      if ((await Promise.race([ended, late])) !== "late") return;
      this.#failed.push(`${name} (${child.pid}) is stuck`);
      child.kill("SIGKILL");
    });
    await Promise.all(ends);
    for (const reader of this.#readers) {
      const ended = hasEnded(reader) ? "ended" : once(reader, "exit");
      // Its writer was killed before it had opened the pipe, and nobody will.
      if ((await Promise.race([ended, sleep(5000, "late", { ref: false })])) === "late") reader.kill();
    }
    return this.#failed;
  }

  /** Kills whatever there is still, at once: the soak may have failed before its time. */
  async end(): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#alive.keys(), ...this.#readers].map(killAndWait));
  }

  #spawn(): void {
    const { root, witnesses } = this.#options;
    const name = `p${(this.#born += 1)}`;
    const seed = this.#random.bits();
    const witness = this.#options.disk.scarce === "limit" ? this.#pipeTo(name) : join(witnesses, `${name}.log`);
    const child = spawn(process.execPath, [program, root, witness, name, String(seed)], {
      stdio: ["pipe", "inherit", "inherit"],
    });
    // Told to end when it has ended already.
    child.stdin.on("error", () => {});
    this.#alive.set(child, name);
    child.once("error", (error) => {
      this.#alive.delete(child);
      this.#failed.push(`${name}: ${error.message}`);
    });
    child.once("exit", (code, signal) => {
      this.#alive.delete(child);
      if (signal !== "SIGKILL" && code !== 0) this.#failed.push(`${name} ended with ${signal ?? code}`);
    });
  }

  /** What a process with a limit writes down goes through a pipe to one that has none. What is in the pipe survives its writer. */
  #pipeTo(name: string): string {
    const pipe = join(this.#options.root, "..", `${name}.pipe`);
    run("mkfifo", [pipe]);
    const words = ["-c", 'exec cat < "$0" > "$1"', pipe, join(this.#options.witnesses, `${name}.log`)];
    this.#readers.add(spawn("sh", words, { stdio: "inherit" }));
    return pipe;
  }

  async #kill(child: ChildProcess): Promise<void> {
    if (hasEnded(child)) return;
    this.killed.add(child.pid as number);
    await killAndWait(child);
    this.counts.kills += 1;
    if (!this.#over) this.#spawn();
  }

  #stop(child: ChildProcess, ms: number): void {
    child.kill("SIGSTOP");
    this.counts.stops += 1;
    const wake = sleep(ms).then(() => void child.kill("SIGCONT"));
    this.#waking.add(wake);
    void wake.finally(() => this.#waking.delete(wake));
  }

  async #fillNowAndThen(goesOn: () => boolean): Promise<void> {
    const { disk } = this.#options;
    if (disk.scarce === "nothing") return;
    const pids = (): number[] => [...this.#alive.keys()].flatMap(({ pid }) => pid ?? []);
    const random = new SeededRandom(this.#options.seed + 1);
    while (goesOn()) {
      await sleep(1000 + random.below(6000));
      if (!goesOn()) return;
      this.counts.fills += 1;
      await disk.tighten(pids(), random);
      await sleep(300 + random.below(1500));
      await disk.loosen(pids());
    }
  }
}

/** Whether it has; one that could not be started never ran. */
function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

async function killAndWait(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
