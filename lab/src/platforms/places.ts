import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kernelHas } from "../requirements.ts";
import { run } from "../run.ts";
import { install } from "./packages.ts";
import type { Platform, Ready } from "./platform.ts";
import { nodeCommand } from "./runtimes.ts";

const mebibyte = 1024 * 1024;

/** How a place is made. */
export interface Place {
  readonly name: string;
  /** Debian packages, by a program that shows whether they are there. */
  readonly needs?: Readonly<Record<string, string>>;
  /** What the kernel must have. */
  readonly filesystem?: string;
  /** Bytes there, if they are few. */
  readonly bytes?: number;
  /**
   * Mounts it at `at`, with `work` for images and the like. What else is to be unmounted, and which loop device to be freed, goes
   * into `below` as soon as it is there: what comes after it may fail.
   */
  readonly mount: (at: string, work: string, below: string[]) => void;
}

function image(work: string, megabytes: number, make: readonly string[]): string {
  const path = join(work, "image");
  writeFileSync(path, "");
  truncateSync(path, megabytes * mebibyte);
  run(make[0] ?? "", [...make.slice(1), path]);
  return path;
}

function loop(at: string, path: string, type: string, options = ""): void {
  run("mount", ["-t", type, "-o", `loop${options && `,${options}`}`, path, at]);
}

const fuse = "/usr/bin/fusermount3";

const places: readonly Place[] = [
  {
    name: "tmpfs",

    bytes: 6 * mebibyte,
    mount: (at) => void run("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", at]),
  },
  {
    name: "ext4",
    bytes: 12 * mebibyte,
    needs: { "/sbin/mkfs.ext4": "e2fsprogs" },
    mount: (at, work) => loop(at, image(work, 16, ["mkfs.ext4", "-q", "-F"]), "ext4"),
  },
  {
    name: "ext4, case-insensitive",
    needs: { "/sbin/mkfs.ext4": "e2fsprogs" },
    mount(at, work) {
      loop(at, image(work, 64, ["mkfs.ext4", "-q", "-F", "-O", "casefold"]), "ext4");
      run("chattr", ["+F", at]);
    },
  },
  {
    name: "xfs",
    needs: { "/sbin/mkfs.xfs": "xfsprogs" },
    filesystem: "xfs",
    mount: (at, work) => loop(at, image(work, 512, ["mkfs.xfs", "-q", "-f"]), "xfs"),
  },
  {
    name: "btrfs",
    needs: { "/sbin/mkfs.btrfs": "btrfs-progs" },
    filesystem: "btrfs",
    mount: (at, work) => loop(at, image(work, 256, ["mkfs.btrfs", "-q", "-f"]), "btrfs"),
  },
  {
    name: "vfat",
    needs: { "/sbin/mkfs.vfat": "dosfstools" },
    filesystem: "vfat",
    mount: (at, work) => loop(at, image(work, 64, ["mkfs.vfat"]), "vfat"),
  },
  {
    name: "overlay",
    filesystem: "overlay",
    mount(at, work) {
      for (const name of ["lower", "upper", "work"]) mkdirSync(join(work, name));
      run("mount", [
        "-t",
        "overlay",
        "-o",
        `lowerdir=${work}/lower,upperdir=${work}/upper,workdir=${work}/work`,
        "overlay",
        at,
      ]);
    },
  },
  {
    name: "exfat (FUSE)",
    needs: { "/sbin/mkfs.exfat": "exfatprogs", "/usr/sbin/mount.exfat-fuse": "exfat-fuse" },
    filesystem: "fuse",
    bytes: 12 * mebibyte,
    mount(at, work, below) {
      const device = run("losetup", ["-f", "--show", image(work, 16, ["mkfs.exfat"])]).trim();
      below.push(device);
      run("/usr/sbin/mount.exfat-fuse", [device, at]);
    },
  },
  {
    name: "ntfs, case-insensitive (FUSE)",
    needs: { "/usr/sbin/mkfs.ntfs": "ntfs-3g", "/bin/lowntfs-3g": "ntfs-3g" },
    filesystem: "fuse",
    bytes: 12 * mebibyte,
    mount(at, work) {
      run("lowntfs-3g", ["-o", "ignore_case,windows_names", image(work, 16, ["mkfs.ntfs", "-q", "-F"]), at]);
    },
  },
  {
    name: "bindfs (FUSE)",
    needs: { "/usr/bin/bindfs": "bindfs", [fuse]: "fuse3" },
    filesystem: "fuse",
    mount: (at, work) => void run("bindfs", [work, at]),
  },
  {
    name: "sshfs, nearly full",
    needs: { "/usr/bin/sshfs": "sshfs", "/usr/lib/openssh/sftp-server": "openssh-sftp-server", [fuse]: "fuse3" },
    filesystem: "fuse",
    bytes: 6 * mebibyte,
    mount(at, work, below) {
      // A server needs no network: sshfs talks to whatever program it is told to start.
      const server = join(work, "server");
      const disk = join(work, "disk");
      mkdirSync(disk);
      run("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", disk]);
      below.push(disk);
      writeFileSync(server, "#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n", { mode: 0o755 });
      run("sshfs", ["-o", `ssh_command=${server}`, `nobody:${disk}`, at]);
    },
  },
];

/** The tests of places on each filesystem that can be had here, with the Node that runs this or with another runtime. */
export function placePlatforms(): readonly Platform[] {
  return places.map((place) => ({
    name: place.name,
    takes: (file: string) => /\/platform\/places[^/]*\.test\.js$/.test(file),
    quick: false,
    jobs: 1,
    prepare: (folder: string) => prepare(place, folder),
  }));
}

/** Mounts it below `folder`; where that fails, nothing stays mounted. */
export function prepare(place: Place, folder: string): Ready | string {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "mounting it takes root, on Linux";
  const missing = install(place.needs ?? {});
  if (missing !== undefined) return missing;
  if (place.filesystem !== undefined && !kernelHas(place.filesystem)) return `this kernel has no ${place.filesystem}`;
  if (place.filesystem === "fuse" && !existsSync("/dev/fuse")) return "there is no /dev/fuse";
  const [at, work] = [join(folder, "at"), join(folder, "work")];
  for (const path of [at, work]) mkdirSync(path);
  const below: string[] = [];
  const end = (): void => {
    for (const path of [at, ...below]) {
      if (path.startsWith("/dev/")) {
        spawnSync("losetup", ["-d", path], { stdio: "ignore" });
        continue;
      }
      // A process that was killed may be on its way out still; after that it is detached.
      for (const options of [[], [], ["-l"]]) {
        if (spawnSync("umount", [...options, path], { stdio: "ignore" }).status === 0) break;
        spawnSync("sleep", ["0.3"]);
      }
    }
  };
  try {
    place.mount(at, work, below);
  } catch (error) {
    end();
    return `it cannot be mounted here (${
      String(error)
        .replace(/^Error: /, "")
        .split("\n")[0]
    })`;
  }
  const command: Ready["command"] = (file, index) => {
    const plain = nodeCommand(process.execPath, file, join(folder, `${index}.jsonl`));
    return { ...plain, env: { UNTORN_PLACE: at, UNTORN_PLACE_BYTES: String(place.bytes ?? 0) } };
  };
  return { title: `${place.name}, Node ${process.versions.node}`, command, end };
}
