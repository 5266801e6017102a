import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { parseTempName } from "../../src/atomic/index.ts";
import { parseLines } from "../../src/documents/jsonl/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";

/** The folder of all core crash tests, and a file in it that nobody writes to. */
export const folder = "/data";
const bystander = `${folder}/other.json`;
const bystanderText = '{ "untouched": true }\n';

export function setUp(port: MemoryPort): void {
  port.put(bystander, bystanderText, 0o604);
}

const buffer = Buffer.alloc(64 * 1024);

/** The content of a file as text; `undefined` if there is none. */
export function textAt({ fs }: MemoryPort, path: string): string | undefined {
  if (fs.stat(path) === undefined) return undefined;
  const handle = fs.open(path, "read", 0);
  const text = buffer.toString("latin1", 0, fs.read(handle, buffer, 0));
  fs.close(handle);
  return text;
}

/**
 * What holds in every state, whatever was called: other files are as they were (G9), and whatever else lies in the
 * folder is a temp that recovery will know, readable by its owner only as long as it is not known to be wanted (G10).
 */
export function checkSurroundings(port: MemoryPort, names: readonly string[], modeMax: number = 0o644): void {
  assert.equal(textAt(port, bystander), bystanderText, "another file was changed");
  assert.equal(port.fs.stat(bystander)?.mode, 0o604, "another file's mode was changed");
  for (const name of port.fs.readdir(folder)) {
    if (names.includes(name) || name === "other.json") continue;
    assert.ok(parseTempName(name) !== undefined, `an unknown file was left: ${name}`);
    const mode = port.fs.lstat(`${folder}/${name}`)?.mode ?? 0;
    assert.equal(mode & ~modeMax, 0, "a temp is more readable than its target");
  }
}

/** A version's content; longer than a sector, and than a block for odd versions. */
export function textOf(version: number): string {
  return version === 0
    ? "version 0\n"
    : `version ${version}\n${`${version} `.repeat(version % 2 === 1 ? 2100 : 300)}\n`;
}

/** The version that a text is, whole; throws if it is none. */
export function versionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const version = Number(/^version (\d+)\n/.exec(text)?.[1]);
  if (text === "" || Number.isNaN(version) || text !== textOf(version)) {
    throw new Error(text === "" ? "torn: empty" : /^\0+$/.test(text) ? "torn: zeros" : "torn: a mix");
  }
  return version;
}

/**
 * The numbers of the records that a log holds whole, each of which is `{ index, ... }` and was written as `line(index)`; throws
 * if one is there twice, out of order, or otherwise than it was written. A line that is not whole is told as such, and left out.
 */
export function recordsIn(port: MemoryPort, log: string, line: (index: number) => Buffer | undefined): number[] {
  const text = Buffer.from(textAt(port, log) ?? "", "latin1");
  const found: number[] = [];
  for (const each of parseLines(text, { path: log })) {
    if (!each.ok) continue;
    const { index } = each.value as { index: number };
    assert.equal(text.toString("latin1", each.start, each.end), line(index)?.toString().trimEnd(), "torn in silence");
    found.push(index);
  }
  const sorted = [...new Set(found)].toSorted((a, b) => a - b);
  assert.deepEqual(found, sorted, "out of order, or twice");
  return found;
}
