import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src/", import.meta.url));
const built = fileURLToPath(new URL("../build/", import.meta.url));

/** The two programs in C. */
export const programs = { disk: builtFrom("disk"), device: builtFrom("device") } as const;

/** Named by its source: times do not tell what a program was made from, since a copy of both has others. */
function builtFrom(name: string): string {
  const digest = createHash("sha256")
    .update(readFileSync(`${source}${name}.c`))
    .digest("hex");
  return `${built}${name}-${digest.slice(0, 12)}`;
}

/** Compiles what is not there yet. Returns what is missing, if that is why it cannot. */
export function buildPrograms(): string | undefined {
  mkdirSync(built, { recursive: true });
  for (const name of ["disk", "device"] as const) {
    const code = `${source}${name}.c`;
    if (existsSync(programs[name])) continue;
    const fuse =
      name === "disk" ? spawnSync("pkg-config", ["--cflags", "--libs", "fuse3"], { encoding: "utf8" }) : null;
    if (fuse !== null && fuse.status !== 0) return "the headers of FUSE (libfuse3-dev, pkg-config)";
    const flags = (fuse?.stdout ?? "").split(/\s+/).filter((flag) => flag !== "");
    const args = ["-O2", "-Wall", "-Wextra", "-o", programs[name], code, ...flags];
    const { error, status, stderr } = spawnSync("gcc", args, { encoding: "utf8" });
    if (error !== undefined) return "a C compiler (gcc)";
    if (status !== 0) throw new Error(`${name}.c does not compile:\n${stderr}`);
  }
  return undefined;
}
