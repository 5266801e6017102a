import { Buffer } from "node:buffer";
import type { Port } from "../../src/platform/index.ts";
import type { CrashTest, Knowledge } from "../../src/testing/index.ts";

/** How a hand-written save goes; each flag left out is a fault that people make. */
export interface Save {
  readonly temp: (version: string) => string;
  readonly syncFile: boolean;
  readonly syncDirectory: boolean;
  /** The rename comes before the sync of the file. */
  readonly renameFirst: boolean;
}

export const correct: Save = {
  temp: (version) => `/state.json.${version}.tmp`,
  syncFile: true,
  syncDirectory: true,
  renameFirst: false,
};

const target = "/state.json";

export function textOf(version: string): string {
  return `{ "version": "${version}", "note": "${version.repeat(20)}" }\n`;
}

export function save({ fs }: Port, version: string, how: Save): void {
  const temp = how.temp(version);
  const handle = fs.open(temp, "lock", 0o644);
  fs.truncate(handle, 0);
  fs.write(handle, Buffer.from(textOf(version)), 0);
  if (how.renameFirst) fs.rename(temp, target);
  if (how.syncFile) fs.fsync(handle);
  fs.close(handle);
  if (!how.renameFirst) fs.rename(temp, target);
  if (how.syncDirectory) fs.syncDirectory("/");
}

/** What the file holds: "none" if it is not there. */
export function versionOnDisk({ fs }: Port): string {
  if (fs.stat(target) === undefined) return "none";
  const handle = fs.open(target, "read", 0);
  const bytes = Buffer.alloc(512);
  const text = bytes.toString("utf8", 0, fs.read(handle, bytes, 0));
  fs.close(handle);
  const version = /"version": "(\w+)"/.exec(text)?.[1] ?? "";
  if (text === "") throw new Error("torn: the file is empty");
  if (text !== textOf(version)) throw new Error(`torn: ${/^\0+$/.test(text) ? "zeros" : "a mix"}`);
  return version;
}

export function checkVersion(port: Port, knowledge: Knowledge<string>): void {
  const version = versionOnDisk(port);
  if (!knowledge.allowed("v0").includes(version)) throw new Error("lost: an old version after a newer one's return");
}

/** Three saves, one after the other, each durable when it returns. */
export function threeSaves(how: Save): CrashTest<string> {
  return {
    setup: (port) => port.put(target, textOf("v0")),
    workload(port, run) {
      for (const version of ["v1", "v2", "v3"]) run.call(version, () => save(port, version, how));
    },
    check: checkVersion,
  };
}
