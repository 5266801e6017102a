import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { programs } from "./programs.ts";
import type { DiskState } from "./states.ts";

/** A system call of the device program has failed. */
export class DeviceError extends Error {
  readonly code: string;

  constructor(command: string, code: string) {
    super(`${command}: ${code}`);
    this.code = code;
  }
}

/** A program that is driven by lines, and answers those that ask for it, in order. */
export class Driven {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  constructor(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(program, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...environment },
    });
    this.#ended = once(this.#child, "exit");
    // What is told to a program that has gone is missed by nobody: its missing answer is the error.
    this.#child.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async answer(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#child.spawnfile} has ended`);
    return value;
  }

  /** Ends the input; the program undoes what it did, and ends. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}

export interface DiskOptions {
  /** A folder that exists, for the mounts. */
  readonly folder: string;
  readonly bytes: number;
  readonly log: string;
  readonly mode: "record" | "replay";
  /** The content to begin with; zeros otherwise. */
  readonly image?: string | undefined;
  /** How long a write takes, in microseconds. */
  readonly delayUs?: number;
}

/** A disk of which every write is known, as a block device that filesystems can be made and mounted on. */
export class Disk {
  readonly device: string;
  /** Lines written to this file are marks in the log. */
  readonly marks: string;
  /** Where the filesystem is mounted. */
  readonly folder: string;
  readonly #disk: Driven;
  readonly #mounter: Driven;

  private constructor(disk: Driven, mounter: Driven, device: string, folder: string) {
    this.#disk = disk;
    this.#mounter = mounter;
    this.device = device;
    this.marks = `${folder}/disk/marks`;
    this.folder = `${folder}/mounted`;
  }

  static async start(options: DiskOptions): Promise<Disk> {
    const { folder, mode, bytes, log, image, delayUs = 0 } = options;
    for (const each of ["disk", "mounted"]) mkdirSync(`${folder}/${each}`, { recursive: true });
    const args = [mode, `${folder}/disk`, String(bytes), log, ...(image === undefined ? [] : [image])];
    const disk = new Driven(programs.disk, args, { DISK_DELAY_US: String(delayUs) });
    try {
      await disk.answer();
      const mounter = new Driven(programs.device, ["drive"]);
      try {
        const device = await ask(mounter, `attach ${folder}/disk/disk.img`);
        return new Disk(disk, mounter, device, folder);
      } catch (error) {
        await mounter.end();
        throw error;
      }
    } catch (error) {
      await disk.end();
      throw error;
    }
  }

  /** Records that nothing will take back. */
  settle(numbers: readonly number[]): void {
    for (const number of numbers) this.#disk.tell(`b ${number}`);
  }

  /** The disk as a power cut leaves it; what was written since the last call is forgotten. */
  async become(state: DiskState): Promise<void> {
    this.#disk.tell("r");
    for (const { number, from, to } of state) this.#disk.tell(`t ${number} ${from} ${to}`);
    this.#disk.tell("sync");
    await this.#disk.answer();
  }

  /** The `count`th flush, or write, from now on fails once, with EIO; 0: none does. */
  async failAt(kind: "flush" | "write", count: number): Promise<void> {
    this.#disk.tell(`${kind === "flush" ? "f" : "w"} ${count}`);
    this.#disk.tell("sync");
    await this.#disk.answer();
  }

  /** Whether what was to fail has failed. */
  async hasFailed(): Promise<boolean> {
    this.#disk.tell("hits");
    return Number(await this.#disk.answer()) > 0;
  }

  async mount(type: string, options: string): Promise<void> {
    await ask(this.#mounter, `mount ${type} ${this.folder} ${options === "" ? "-" : options}`);
  }

  async unmount(): Promise<void> {
    await ask(this.#mounter, "umount");
  }

  /** Writes the disk as it is to a sparse file. */
  async save(path: string): Promise<void> {
    this.#disk.tell(`save ${path}`);
    await this.#disk.answer();
  }

  /** Unmounts, detaches and ends, whatever state it is in. */
  async stop(): Promise<void> {
    await this.#mounter.end();
    await this.#disk.end();
  }
}

/** Gives the device program a command; returns its answer. */
export async function ask(program: Driven, command: string): Promise<string> {
  program.tell(command);
  const [word, value = ""] = (await program.answer()).split(" ");
  if (word === "ok") return value;
  const [name = `error ${value}`] =
    Object.entries(constants.errno).find(([, number]) => number === Number(value)) ?? [];
  throw new DeviceError(command, name);
}
