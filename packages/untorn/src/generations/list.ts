import { inDirectory, readWhole, etagOf, shortDigest, split } from "../atomic/index.ts";
import { problemIn } from "../formats/index.ts";
import { isOthersWorkFolder } from "../lock/index.ts";
import { call, namesIn } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { workFolderOf } from "../quarantine/index.ts";

/** A content that a file had, kept as `DIR/.untorn/generations/NAME/NUMBER-DIGEST`. */
export interface Generation {
  /** Counts up from 1; the newest has the highest. */
  readonly number: number;
  readonly path: string;
  /** First 16 hex digits of the SHA-256 of the content: what it was when it was kept. */
  readonly digest: string;
  readonly bytes: number;
  /** When this content was written, milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly ino: number;
  readonly mode: number;
}

/** The folder of a file's generations; the file's path has its links resolved. */
export function generationsOf(path: string): string {
  return inDirectory(inDirectory(workFolderOf(path), "generations"), split(path).base);
}

export function generationName(number: number, digest: string): string {
  return `${String(number).padStart(8, "0")}-${digest}`;
}

const pattern = /^(\d{8,12})-([0-9a-f]{16})$/;

/** The number in a generation's name, as it is written there; `undefined` for any other name. */
export function numberOf(name: string): string | undefined {
  return pattern.exec(name)?.[1];
}

/** A file's generations, newest first. What a stranger keeps in a shared folder (/tmp) is none of them. */
export function* listGenerations(path: string): Protocol<Generation[]> {
  const folder = generationsOf(path);
  const found: Generation[] = [];
  const names = yield* namesIn(folder);
  if (names.length > 0 && (yield* isOthersWorkFolder(split(path).directory))) return found;
  for (const name of names) {
    const match = pattern.exec(name);
    if (match === null) continue;
    const at = inDirectory(folder, name);
    const status = yield* call("lstat", at);
    if (status?.kind !== "file") continue;
    const { size: bytes, mtimeMs, ino, mode } = status;
    found.push({ number: Number(match[1]), path: at, digest: match[2] ?? "", bytes, mtimeMs, ino, mode });
  }
  return found.sort((a, b) => b.number - a.number);
}

/** The content of a generation; `undefined` if it has been changed since it was kept, or is not whole. */
export function* wholeGeneration(generation: Generation, path: string): Protocol<Uint8Array | undefined> {
  const { bytes } = yield* readWhole(generation.path);
  if (shortDigest(etagOf(bytes)) !== generation.digest) return undefined;
  return problemIn(bytes, split(path).base, path) === undefined ? bytes : undefined;
}
