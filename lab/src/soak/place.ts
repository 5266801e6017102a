import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { SeededRandom } from "untorn/testing";
import { SmallDisk } from "../disks/small-disk.ts";
import type { SmallFilesystem } from "../disks/small-disk.ts";

/** Where a soak works, and how the room there is taken away and given back. */
export interface SoakPlace {
  readonly root: string;
  /** `disk`: it runs full for everybody; `limit`: the processes may only write files of so many bytes. */
  readonly scarce: "disk" | "limit" | "nothing";
  tighten(pids: readonly number[], random: SeededRandom): Promise<void>;
  loosen(pids: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

const filesystem: SmallFilesystem = {
  name: "ext4",
  type: "ext4",
  make: ["mkfs.ext4", "-q", "-F", "-b", "1024", "-m", "0", "-N", "16384", "-E", "nodiscard,lazy_itable_init=0"],
  options: "",
  bytes: 256 * 1024 * 1024,
};

/** So many blocks are room enough; no soak writes more. */
const roomy = 150_000;

/** A disk of its own where one may be mounted, else a folder. */
export async function place(folder: string, mayMount: boolean): Promise<SoakPlace> {
  if (!mayMount) return ordinaryPlace(`${folder}/work`);
  const disk = await SmallDisk.open(filesystem, folder);
  return {
    root: disk.folder,
    scarce: "disk",
    tighten: (_, random) => disk.leave(random.below(60)),
    loosen: () => disk.leave(roomy),
    close: () => disk.close(),
  };
}

function ordinaryPlace(root: string): SoakPlace {
  mkdirSync(root);
  const hasLimits = spawnSync("prlimit", ["--version"], { stdio: "ignore" }).status === 0;
  console.log(`No disk can be mounted here: ${hasLimits ? "file sizes are limited instead" : "there is always room"}.`);
  const limit = (pids: readonly number[], soft: string): void => {
    for (const pid of pids) spawnSync("prlimit", ["--pid", String(pid), `--fsize=${soft}:`], { stdio: "ignore" });
  };
  return {
    root,
    scarce: hasLimits ? "limit" : "nothing",
    tighten: async (pids, random) => limit(pids, String(random.below(6000))),
    loosen: async (pids) => limit(pids, "unlimited"),
    close: async () => {},
  };
}
