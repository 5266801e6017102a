import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { machine } from "../src/ground/index.ts";
import type { Ground } from "../src/ground/index.ts";

/** A fresh folder, removed after the test. */
export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "untorn-workspace-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** This machine's files, at a given time. */
export function at(time: string): Ground {
  return { ...machine, now: () => new Date(time) };
}

export function put(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Every file below a folder but untorn's own, by path. */
export function filesBelow(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isFile() && !name.startsWith(".untorn")) found[name] = readFileSync(path, "utf8");
  }
  return found;
}

/** The text of an artifact. */
export function artifact(members: Record<string, string | number>, body = "\n# Text\n"): string {
  const lines = Object.entries(members).map(([key, value]) => `${key}: ${value}\n`);
  return `---\n${lines.join("")}---\n${body}`;
}
