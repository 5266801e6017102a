import { isUntornError } from "untorn";
import { lostRegistry } from "./place.ts";
import type { Place } from "./place.ts";
import { emptyRegistry, readRegistry, registryFile, registryText } from "./registry.ts";

/**
 * Makes the `.project` folder and an empty registry, durable; missing folders above it are made, too. A project that is
 * there is left as it is. The registry is written last: without it there is no project, and the next call makes one.
 *
 * @throws UntornError UNTORN_CORRUPT where there is a registry that cannot be read; UNTORN_NOT_FOUND where it is gone, and artifacts are
 * there: an empty one would give their codes again.
 */
export async function initProject({ folder, ground }: Place): Promise<{ folder: string; created: boolean }> {
  const path = `${folder}/${registryFile}`;
  const there = ground.read(path);
  if (there !== undefined) {
    readRegistry(there.data, path);
    return { folder, created: false };
  }
  const lost = lostRegistry({ folder, ground });
  if (lost !== undefined) throw lost;
  // Locks and journals are this machine's own business.
  await writeNew(`${folder}/.gitignore`, "/.untorn/\n");
  return { folder, created: await writeNew(path, registryText(emptyRegistry())) };

  async function writeNew(file: string, text: string): Promise<boolean> {
    try {
      await ground.write(file, text, { ifAbsent: true, mkdir: true });
      return true;
    } catch (error) {
      if (isUntornError(error) && error.code === "UNTORN_EXISTS") return false;
      throw error;
    }
  }
}
