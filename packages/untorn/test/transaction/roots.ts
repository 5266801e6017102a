import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestContext } from "node:test";
import type { ErrorCode } from "../../src/index.ts";

export function rootFor(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "untorn-tx-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

export const read = (root: string, name: string): string => readFileSync(join(root, name), "utf8");

/** Everything but the work folder, which only holds its marker and a spare file when nothing is going on. */
export function listing(root: string): string[] {
  // The folder of a lock, with a record, may stay for a moment after it was released.
  const names = (readdirSync(root, { recursive: true }) as string[]).filter((name) => !name.includes(".untorn.lock"));
  const work = names.filter((name) => name.startsWith(".untorn"));
  assert.deepEqual(
    work.filter((name) => name !== ".untorn" && !["durable", "spare-journal"].includes(basename(name))),
    [],
  );
  return names
    .filter((name) => !name.startsWith(".untorn"))
    .map((name) => name.replaceAll("\\", "/"))
    .toSorted();
}

export const rejects = (code: ErrorCode) => (error: unknown) => {
  assert.equal((error as { code: string }).code, code, String(error));
  return true;
};

/** What is there while a transaction goes on. */
export function listingQuietly(root: string): string[] {
  return (readdirSync(root, { recursive: true }) as string[])
    .filter((name) => !name.startsWith("."))
    .map((name) => name.replaceAll("\\", "/"))
    .toSorted();
}
