import { spawnSync } from "node:child_process";
import { accessSync, readFileSync } from "node:fs";
import { filesystems } from "./filesystems.ts";
import type { Filesystem } from "./filesystems.ts";
import { buildPrograms } from "./programs.ts";

/** What keeps the laboratory from running. */
export interface Obstacle {
  readonly reason: string;
  /** Whether `lab/setup.sh` would help: then it is an error in CI, which is asked to have run it. */
  readonly installable: boolean;
}

/** Why nothing can be tried on this machine, if so. */
export function obstacle(): Obstacle | undefined {
  if (process.platform !== "linux") return { reason: "this is not Linux", installable: false };
  if (process.getuid?.() !== 0) return { reason: "it mounts filesystems, which takes root", installable: false };
  if (!mayMount()) return { reason: "this root lacks the capability to mount (CAP_SYS_ADMIN)", installable: false };
  for (const device of ["/dev/fuse", "/dev/loop-control"]) {
    try {
      accessSync(device);
    } catch {
      return { reason: `there is no ${device}`, installable: false };
    }
  }
  const missing = buildPrograms() ?? missingTool();
  return missing === undefined ? undefined : { reason: `${missing} is missing: run lab/setup.sh`, installable: true };
}

/** Root in a container is often root in name alone. The capability is bit 21 (capabilities(7)). */
function mayMount(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return (BigInt(`0x${effective}`) & (1n << 21n)) !== 0n;
}

function missingTool(): string | undefined {
  const tools = Object.values<Filesystem>(filesystems).flatMap(({ make, verify }) => [make[0] ?? "", verify[0] ?? ""]);
  return [...new Set(tools)].find((tool) => spawnSync(tool, ["-V"], { stdio: "ignore" }).error !== undefined);
}

/** The filesystems that this kernel has; the others are told. */
export function kernelHas(type: string): boolean {
  const listed = (): boolean => readFileSync("/proc/filesystems", "utf8").split(/\s+/).includes(type);
  if (listed()) return true;
  spawnSync("modprobe", [type], { stdio: "ignore" });
  return listed();
}
