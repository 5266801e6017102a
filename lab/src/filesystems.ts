import type { Tearing } from "./states.ts";

const mebibyte = 1024 * 1024;

/** A filesystem as it is made and mounted. */
export interface Filesystem {
  readonly name: string;
  /** As the kernel calls it. */
  readonly type: "ext4" | "xfs" | "btrfs";
  /** The command that makes it; the device comes last. */
  readonly make: readonly string[];
  /** The command that looks for inconsistencies and changes nothing; the device comes last. */
  readonly verify: readonly string[];
  readonly options: string;
  readonly bytes: number;
  /** No finer than what the filesystem itself takes for granted of a disk. */
  readonly tearing: Tearing;
}

// Everything is initialised when the filesystem is made: nothing that is written later is there for another reason than the workload.
const ext4 = {
  type: "ext4",
  make: ["mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", "-b", "4096"],
  verify: ["e2fsck", "-fn"],
  bytes: 64 * mebibyte,
  // The superblock, in the first block, is believed before the journal is replayed: with half of it old, and a checksum over
  // the whole, the kernel refuses to mount ("invalid superblock checksum"), and only e2fsck helps.
  tearing: { unit: 512, from: 4096 },
} as const;

export const filesystems = {
  ext4: { ...ext4, name: "ext4", options: "" },
  "ext4-noauto": { ...ext4, name: "ext4-noauto", options: "noauto_da_alloc" },
  "ext4-writeback": { ...ext4, name: "ext4-writeback", options: "data=writeback" },
  "ext4-journal": { ...ext4, name: "ext4-journal", options: "data=journal" },
  "ext4-nobarrier": { ...ext4, name: "ext4-nobarrier", options: "nobarrier" },
  xfs: {
    name: "xfs",
    type: "xfs",
    make: ["mkfs.xfs", "-q", "-f", "-K", "-l", "size=64m"],
    verify: ["xfs_repair", "-n"],
    options: "",
    bytes: 512 * mebibyte,
    tearing: { unit: 512, from: 0 },
  },
  btrfs: {
    name: "btrfs",
    type: "btrfs",
    make: ["mkfs.btrfs", "-q", "-f", "-K"],
    verify: ["btrfs", "check", "--readonly"],
    options: "",
    bytes: 256 * mebibyte,
    // Its superblock of 4 KiB has a checksum over the whole.
    tearing: { unit: 4096, from: 0 },
  },
} as const satisfies Record<string, Filesystem>;

export type FilesystemName = keyof typeof filesystems;
