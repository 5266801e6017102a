import type { Failure } from "./attempt.ts";
import type { Attempter } from "./attempts.ts";
import { interruption } from "./interruption.ts";
import { isUnreadable, leftovers, look, problemsOf, recoverAll } from "./judge.ts";
import type { Case } from "./judge.ts";
import { operations } from "./operations.ts";
import type { Operation, OperationName } from "./operations.ts";

/** What came of one operation on one kind of failing disk. */
export class Row {
  readonly disk: string;
  readonly trouble: string;
  readonly operation: OperationName;
  readonly counts = { done: 0, unchanged: 0, replaced: 0, unknown: 0 };
  /** The error codes of the system that were met. */
  readonly met = new Set<string>();
  readonly problems: string[] = [];
  tries = 0;

  constructor(disk: string, trouble: string, operation: OperationName) {
    this.disk = disk;
    this.trouble = trouble;
    this.operation = operation;
  }

  note(failure: Failure): void {
    this.tries += 1;
    this.counts[failure?.outcome ?? "done"] += 1;
    if (failure !== undefined) this.met.add(failure.systemCode ?? failure.code);
  }

  get name(): string {
    return `${this.disk}/${this.trouble}/${this.operation}`;
  }
}

/** Operations one after the other in one folder; each version is used once. */
export class Course {
  readonly row: Row;
  readonly folder: string;
  readonly codes: readonly string[];
  readonly #blind: boolean;
  #version = 0;
  #before: readonly number[] = [];

  /** `blind`: what can be seen while the trouble lasts means nothing. */
  constructor(row: Row, folder: string, codes: readonly string[], blind = false) {
    this.#blind = blind;
    this.row = row;
    this.folder = folder;
    this.codes = codes;
  }

  /** Version 0, where there is room. */
  async begin(by: Attempter): Promise<void> {
    this.#version = 0;
    const failure = await by.attempt({ operation: this.row.operation, folder: this.folder, version: 0 });
    if (failure !== undefined) throw new Error(`${this.row.name} could not begin: ${failure.message}`);
    this.#before = this.#look("at the beginning");
  }

  /**
   * One call in trouble, and, when `relieve` has ended the trouble, recovery and the call after it, which must work. `dirty`: in
   * this trouble nothing can be cleared away, so temps may stay until recovery.
   */
  async try(by: Attempter, where: string, relieve: () => Promise<void>, dirty = false): Promise<Failure> {
    interruption.signal.throwIfAborted();
    const { operation } = this.row;
    this.#version += 1;
    const failure = await by.attempt({ operation, folder: this.folder, version: this.#version });
    this.row.note(failure);
    const given = { operation, folder: this.folder, version: this.#version, before: this.#before, codes: this.codes };
    const problems = problemsOf(given, failure, this.#blind);
    const left = this.#leftovers();
    const mayStay = dirty || failure?.outcome === "unknown";
    if (left.length > 0 && !mayStay) problems.push(`left: ${left.join(", ")} (${failure?.message ?? "it succeeded"})`);
    // A temp beside its file that could not be cleared away is named.
    const unnamed = left.filter((path) => path.endsWith(".tmp") && failure?.message.includes(path) === false);
    if (unnamed.length > 0 && failure?.outcome === "unchanged")
      problems.push(`${unnamed.join(", ")} is not named: ${failure.message}`);
    this.report(where, problems);
    await relieve();
    // A filesystem that is mounted again may have a name again that it had lost.
    const stayed = left.length > 0 || this.#leftovers().length > 0;
    const recover = stayed || dirty;
    await this.goOn(
      by,
      where,
      recover,
      failure?.outcome === "unknown",
      allowedAfter(failure, this.#before, given, stayed),
    );
    return failure;
  }

  /** What must hold once the trouble is over: whole files, a next call that works, and nothing left. */
  async goOn(
    by: Attempter,
    where: string,
    recover: boolean,
    unknown: boolean,
    allowed: readonly (readonly number[])[],
  ): Promise<void> {
    const { operation } = this.row;
    if (recover)
      this.report(
        where,
        (await recoverAll(this.folder)).map((each) => `recovery: ${each}`),
      );
    this.#before = this.#look(where, unknown);
    if (allowed.every((each) => each.join() !== this.#before.join()))
      this.report(where, [`afterwards: versions ${this.#before.join()}, and not ${allowed.join(" or ")}`]);
    this.#version += 1;
    const next = await by.attempt({ operation, folder: this.folder, version: this.#version });
    if (next !== undefined) this.report(where, [`the next call fails: ${next.message}`]);
    const expected = operations[operation].after(this.#before, this.#version);
    this.#before = this.#look(where);
    if (next === undefined && this.#before.join() !== expected.join())
      this.report(where, [`after the next call: versions ${this.#before.join()}, not ${expected.join()}`]);
    const left = this.#leftovers();
    if (left.length > 0) this.report(where, [`left in the end: ${left.join(", ")}`]);
  }

  report(where: string, problems: readonly string[]): void {
    this.row.problems.push(...problems.map((problem) => `${where}: ${problem}`));
  }

  #leftovers(): string[] {
    try {
      return leftovers(this.folder);
    } catch (error) {
      // A filesystem that has shut itself down answers nothing until it is mounted again.
      if (isUnreadable(error)) return [];
      throw error;
    }
  }

  #look(where: string, unknown = false): readonly number[] {
    const found = look(this.row.operation, this.folder, this.#version, unknown);
    if (Array.isArray(found)) return found;
    this.report(where, [`torn: ${found ?? "unreadable"}`]);
    return this.#before;
  }
}

/** What the files may show once the trouble is over, by what the call has answered. */
function allowedAfter(
  failure: Failure,
  before: readonly number[],
  { operation, version }: Case,
  left: boolean,
): (readonly number[])[] {
  const how: Operation = operations[operation];
  const after = how.after(before, version);
  if (failure === undefined) return [after];
  // Also what is in place already may go with a power cut, and a filesystem that is mounted again has had one.
  return failure.outcome === "unchanged" && !(left && how.adopted === true) ? [before] : [before, after];
}
