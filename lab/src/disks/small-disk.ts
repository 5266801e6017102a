import { chownSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { ask, Driven } from "../disk.ts";
import type { Filesystem } from "../filesystems.ts";
import { programs } from "../programs.ts";
import { run } from "../run.ts";

const mebibyte = 1024 * 1024;

export interface SmallFilesystem {
  readonly name: string;
  /** As the kernel calls it. */
  readonly type: Filesystem["type"] | "tmpfs";
  /** The command that makes it; the device comes last. Nothing is made for tmpfs. */
  readonly make?: readonly string[];
  readonly options: string;
  readonly bytes: number;
  /** A subvolume is the place to work in, and may have so many bytes. */
  readonly quota?: number;
}

/** Each about as small as it can be made. */
export const smallFilesystems = {
  ext4: {
    name: "ext4",
    type: "ext4",
    // The smallest blocks, for the finest steps.
    make: ["mkfs.ext4", "-q", "-F", "-b", "1024", "-m", "0", "-N", "4096", "-E", "nodiscard,lazy_itable_init=0"],
    options: "errors=remount-ro",
    bytes: 16 * mebibyte,
  },
  xfs: { name: "xfs", type: "xfs", make: ["mkfs.xfs", "-q", "-f", "-K"], options: "", bytes: 300 * mebibyte },
  btrfs: {
    name: "btrfs",
    type: "btrfs",
    // Data and metadata share their room, as they do on small disks.
    make: ["mkfs.btrfs", "-q", "-f", "-K", "-M"],
    options: "",
    bytes: 64 * mebibyte,
  },
  "btrfs, quota": {
    name: "btrfs, quota",
    type: "btrfs",
    make: ["mkfs.btrfs", "-q", "-f", "-K"],
    options: "",
    bytes: 256 * mebibyte,
    quota: 16 * mebibyte,
  },
  tmpfs: { name: "tmpfs", type: "tmpfs", options: "size=12m", bytes: 12 * mebibyte },
} as const satisfies Record<string, SmallFilesystem>;

export type SmallName = keyof typeof smallFilesystems;

/** An ordinary user. */
export const ordinary = 65_534;

/** A small filesystem, mounted, with a file in it that takes as much of the room as it is told to. */
export class SmallDisk {
  /** Where the operations work. */
  readonly folder: string;
  readonly mounted: string;
  /** Empty for tmpfs. */
  readonly device: string;
  readonly type: SmallFilesystem["type"];
  readonly #filesystem: SmallFilesystem;
  readonly #ballast: string;
  readonly #mounter: Driven;

  private constructor(mounter: Driven, filesystem: SmallFilesystem, mounted: string, device: string) {
    const place = filesystem.quota === undefined ? mounted : `${mounted}/volume`;
    this.#mounter = mounter;
    this.#filesystem = filesystem;
    this.type = filesystem.type;
    this.mounted = mounted;
    this.device = device;
    this.folder = `${place}/work`;
    this.#ballast = `${place}/ballast`;
  }

  /** `folder` exists, and is this disk's alone. */
  static async open(filesystem: SmallFilesystem, folder: string): Promise<SmallDisk> {
    const mounted = `${folder}/mounted`;
    mkdirSync(mounted, { recursive: true });
    const mounter = new Driven(programs.device, ["drive"]);
    try {
      let device = "";
      if (filesystem.make !== undefined) {
        const image = `${folder}/disk.img`;
        writeFileSync(image, "");
        truncateSync(image, filesystem.bytes);
        const [program = "", ...args] = filesystem.make;
        run(program, [...args, image]);
        device = await ask(mounter, `attach ${image}`);
      }
      await ask(mounter, `mount ${filesystem.type} ${mounted} ${filesystem.options || "-"}`);
      if (filesystem.quota !== undefined) {
        const volume = `${mounted}/volume`;
        run("btrfs", ["subvolume", "create", volume]);
        run("btrfs", ["quota", "enable", mounted]);
        run("btrfs", ["qgroup", "limit", String(filesystem.quota), volume]);
      }
      const disk = new SmallDisk(mounter, filesystem, mounted, device);
      disk.newFolder();
      return disk;
    } catch (error) {
      await mounter.end();
      throw error;
    }
  }

  /** Takes all the room but so many blocks. */
  async leave(blocks: number): Promise<void> {
    await ask(this.#mounter, `fill ${this.#ballast} ${blocks}`);
  }

  /** Writable again: mounted anew, or, where nothing would survive that, remounted. */
  async again(): Promise<void> {
    const { type, options } = this.#filesystem;
    if (type === "tmpfs") return void (await ask(this.#mounter, "writable"));
    await ask(this.#mounter, "umount");
    await ask(this.#mounter, `mount ${type} ${this.mounted} ${options || "-"}`);
  }

  newFolder(): void {
    mkdirSync(this.folder, { recursive: true });
    chownSync(this.folder, ordinary, ordinary);
  }

  async close(): Promise<void> {
    await this.#mounter.end();
  }
}
