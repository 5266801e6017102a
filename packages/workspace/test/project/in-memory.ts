import type { MemoryPort } from "untorn/testing";
import { openProject } from "../../src/project/index.ts";
import type { Project } from "../../src/project/index.ts";
import { entriesIn, memoryGround } from "../memory-ground.ts";

/** Where the projects of the crash tests are. */
export const folder = "/root/.project";

/** A project on a port; each one has a clock of its own that stands still, so that two runs write the same. */
export function projectOn(port: MemoryPort, now: string): Project {
  return openProject(folder, memoryGround(port, now));
}

export type Files = Readonly<Record<string, string>>;

export function same(a: Files, b: Files): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Every file of the project but untorn's own. */
export function filesIn(port: MemoryPort): Files {
  const ground = memoryGround(port);
  const files: Record<string, string> = {};
  const walk = (directory: string): void => {
    for (const entry of entriesIn(port, directory)) {
      const path = `${directory}/${entry.name}`;
      if (entry.name === ".untorn" || entry.name.includes(".untorn.")) continue;
      if (entry.directory) walk(path);
      else files[path.slice(folder.length + 1)] = Buffer.from(ground.read(path)?.data ?? "").toString();
    }
  };
  walk(folder);
  return files;
}
