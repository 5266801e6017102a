import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { isUntornError } from "untorn";
import { openProject } from "../../src/project/index.ts";
import type { Project } from "../../src/project/index.ts";
import { at, folderFor } from "../folders.ts";

export const time = "2026-03-04T05:06:07.890Z";

export async function newProject(t: TestContext): Promise<Project> {
  const project = openProject(join(folderFor(t), ".project"), at(time));
  await project.init();
  return project;
}

export function registryOf({ folder }: Project): Record<string, Record<string, unknown>> {
  return JSON.parse(readFileSync(join(folder, "registry.json"), "utf8")) as Record<string, Record<string, unknown>>;
}

export function refused(code: string, phase?: string): (error: unknown) => boolean {
  return (error) => isUntornError(error) && error.code === code && (phase === undefined || error.phase === phase);
}
