import { statfsSync } from "node:fs";
import { systemCodeOf } from "./errors.ts";
import { mountOf } from "./mount.ts";
import type { Probe } from "./probe.ts";

const network = /^(?:nfs|cifs|smb|9p|afs|ceph|gluster|lustre|gpfs|beegfs|virtiofs|vboxsf|prl_fs|drvfs)/;

/** What kind of filesystem a folder is on, and what that means. */
export function filesystem(directory: string): Probe {
  const mount = mountOf(directory);
  const name = "filesystem";
  if (mount === undefined) return { name, state: "unknown", fact: `${process.platform} does not tell which it is` };
  const { type, at, options } = mount;
  const fact = `${type}, mounted at ${at}`;
  const risky = options.filter((option) => /^(?:nobarrier|barrier=0|data=writeback|async_commit|nobh)$/.test(option));
  if (risky.length > 0) {
    return {
      name,
      state: "weaker",
      fact: `${fact} with ${risky.join(", ")}`,
      advice: "With these options a power cut may undo what was synced: mount it without them.",
    };
  }
  if (type === "tmpfs" || type === "ramfs") {
    return {
      name,
      state: "weaker",
      fact: `${fact}: in memory, gone after a power cut`,
      advice: "Keep state that has to last on a disk.",
    };
  }
  if (network.test(type)) {
    return {
      name,
      state: "weaker",
      fact: `${fact}: over a network or from a host`,
      advice:
        "A lost connection may leave the outcome of a replace unknown, and locks may not reach every machine: keep state on a local disk, or let one machine write.",
    };
  }
  if (type.startsWith("fuse")) {
    return {
      name,
      state: "weaker",
      fact: `${fact}: what a sync does is up to a user-space program`,
      advice: "Look up what it promises about rename and fsync, or keep state elsewhere.",
    };
  }
  if (type === "overlay") {
    return {
      name,
      state: "weaker",
      fact: `${fact}: the layer of a container`,
      advice: "It goes with the container: mount a volume for state.",
    };
  }
  return { name, state: "good", fact };
}

const lowBytes = 100 * 1024 * 1024;

/** How much room there is. */
export function freeSpace(directory: string): Probe {
  const name = "free space";
  try {
    const { bavail, bsize, files, ffree } = statfsSync(directory);
    const bytes = bavail * bsize;
    const fact = `${Math.floor(bytes / 1024 / 1024)} MiB${files > 0 ? `, ${ffree} more files` : ""}`;
    const low = bytes < lowBytes || (files > 0 && ffree < 1000);
    return low
      ? { name, state: "weaker", fact, advice: "Free some: a replace needs room for the old and the new content." }
      : { name, state: "good", fact };
  } catch (error) {
    return { name, state: "unknown", fact: `it cannot be asked (${systemCodeOf(error)})` };
  }
}
