import type { Frame } from "./frame.ts";
import type { Task } from "./plan.ts";
import { REMEMBER } from "./scan.ts";

/** What a walk has found out about large containers, so that nested ones are not read once for each level around them. */
export class Known {
  readonly #alignments = new Map<number, Task>();
  readonly #unequal = new Map<number, object>();

  /** Notes an array, which ends at `end`, that has to be aligned. */
  aligns(task: Task, end: number): void {
    if (end - task.start >= REMEMBER) this.#alignments.set(task.start, task);
  }

  alignment({ start, value }: Frame): Task | undefined {
    const task = this.#alignments.get(start);
    return task?.value === value ? task : undefined;
  }

  /** Notes that the containers around a difference, which was found at `read`, are not equal. */
  differ(frames: readonly Frame[], depth: number, read: number): void {
    for (const { start, value } of frames.slice(0, depth)) {
      if (read - start >= REMEMBER) this.#unequal.set(start, value);
    }
  }

  differs(start: number, value: object): boolean {
    return this.#unequal.get(start) === value;
  }
}
