import { isUntornError } from "untorn";
import type { FileContent } from "untorn";
import type { DirectoryStore } from "untorn/store";
import { MemoryPort } from "untorn/testing";
import type { Entry, Ground } from "../src/ground/index.ts";

/** The parts of the library below its public calls, as far as a test needs them: what runs on a port of one's own. */
interface Below {
  readonly storeOn: (port: MemoryPort, folder: string) => DirectoryStore;
  readonly Files: new (port: MemoryPort) => {
    readonly readFileSync: (path: string) => FileContent;
    readonly writeFile: Ground["write"];
  };
}

const inside = (folder: string): string => new URL(`${folder}/index.js`, import.meta.resolve("untorn")).href;
const { storeOn } = (await import(inside("store"))) as Below;
const { Files } = (await import(inside("atomic"))) as Below;

/** The ground of a file system in memory, to be crashed. */
export function memoryGround(port: MemoryPort, now = "2026-03-04T05:06:07.890Z"): Ground {
  const files = new Files(port);
  const stores = new Map<string, DirectoryStore>();
  return {
    store(folder) {
      const known = stores.get(folder) ?? storeOn(port, folder);
      stores.set(folder, known);
      return known;
    },
    read(path) {
      try {
        return files.readFileSync(path);
      } catch (error) {
        if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return undefined;
        throw error;
      }
    },
    mode: (path) => (port.fs.lstat(path)?.mode ?? 0) & 0o7777,
    write: (path, data, options) => files.writeFile(path, data, options),
    list: (path) => entriesIn(port, path),
    now: () => new Date(now),
  };
}

/** The names in a directory of a file system in memory; none where it is missing. */
export function entriesIn(port: MemoryPort, path: string): Entry[] {
  if (port.fs.lstat(path) === undefined) return [];
  return port.fs
    .readdir(path)
    .toSorted()
    .map((name) => {
      const kind = port.fs.lstat(`${path}/${name}`)?.kind;
      return { name, directory: kind === "directory", link: kind === "symlink" };
    });
}
