import { fileURLToPath } from "node:url";
import { Driven } from "../disk.ts";
import { attempt } from "./attempt.ts";
import type { Attempt, Failure } from "./attempt.ts";

/** Who makes the attempts. */
export interface Attempter {
  attempt(given: Attempt): Promise<Failure>;
  end(): Promise<void>;
}

/** This process. */
export const here: Attempter = { attempt: (given) => attempt(given), end: async () => {} };

const program = fileURLToPath(new URL("attempt-process.js", import.meta.url));

/** Another process; with `pid`, so that a limit can be put on it. */
export class AttemptProcess implements Attempter {
  readonly pid: number;
  readonly #driven: Driven;

  private constructor(driven: Driven) {
    this.#driven = driven;
    this.pid = driven.pid;
  }

  /** With a user: as that one. */
  static async start(user?: number): Promise<AttemptProcess> {
    const words = user === undefined ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
    const [first, ...rest] = [...words, process.execPath, program];
    const driven = new Driven(first, rest);
    await driven.answer();
    return new AttemptProcess(driven);
  }

  async attempt(given: Attempt): Promise<Failure> {
    this.#driven.tell(JSON.stringify(given));
    return (JSON.parse(await this.#driven.answer()) as { failure: Failure }).failure;
  }

  async end(): Promise<void> {
    await this.#driven.end();
  }
}
