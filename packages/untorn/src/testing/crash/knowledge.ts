import type { Mark } from "./recording.ts";

/** What the caller of the code under test had been told when the crash came. */
export class Knowledge<V> {
  /** `power`: a power cut; `process`: the process was killed and the machine went on. */
  readonly crash: "power" | "process";
  /** The persistence model; `process` for a killed process. */
  readonly model: string;
  readonly #marks: readonly Mark<V>[];
  #begun: readonly V[] | undefined;
  #returned: readonly V[] | undefined;

  constructor(model: string, marks: readonly Mark<V>[]) {
    this.crash = model === "process" ? "process" : "power";
    this.model = model;
    this.#marks = marks;
  }

  /** The versions whose call had begun, in order. */
  get begun(): readonly V[] {
    return (this.#begun ??= this.#marks.flatMap((mark) => (mark.kind === "begin" ? [mark.version] : [])));
  }

  /** The versions whose call had returned, in order. */
  get returned(): readonly V[] {
    return (this.#returned ??= this.#marks.flatMap((mark) => (mark.kind === "returned" ? [mark.version] : [])));
  }

  /**
   * The versions that one file may have now, if each call replaces it and a call that has returned is durable: those
   * that no later call has certainly replaced. A call is later if it began after the other had returned.
   */
  allowed(initial: V): V[] {
    const began = new Map<V, number>([[initial, -2]]);
    const ended = new Map<V, number>([[initial, -1]]);
    for (const [index, mark] of this.#marks.entries()) {
      if (mark.kind === "begin") began.set(mark.version, index);
      if (mark.kind === "returned") ended.set(mark.version, index);
    }
    const replacedAfter = Math.max(...[...ended.keys()].map((version) => began.get(version) ?? -2));
    return [...began.keys()].filter((version) => (ended.get(version) ?? Infinity) >= replacedAfter);
  }
}
