import { createHash } from "node:crypto";
import { isUntornError } from "untorn";
import { parseJson } from "untorn/json";
import type { GenericSchema } from "valibot";
import { corruptState, isObject, textOf } from "../ground/index.ts";
import { specificationProblem } from "./schemas.ts";

/** An entry of a registry, as its file holds it. Members that are not named here are kept. */
export interface RegistryEntry<S> {
  name: string;
  /** From 1; every `put` is one more, also after a `remove`. */
  version: number;
  updated: string;
  spec: S;
  /** The file beside it, and the SHA-256 of its bytes in hex. */
  implementation?: { file: string; sha256: string };
  [member: string]: unknown;
}

/** Reads the bytes of an entry, strictly. */
export function parseEntry<S>(bytes: Uint8Array, path: string, name: string, schema: GenericSchema): RegistryEntry<S> {
  const file = path.slice(path.lastIndexOf("/") + 1);
  const advice = `Mend ${file}, or move it away and put the entry again; its earlier versions are in history/${name}.`;
  const text = textOf(bytes, path, advice);
  let value: unknown;
  try {
    value = parseJson(text, { path });
  } catch (error) {
    if (!isUntornError(error)) throw error;
    throw corruptState(path, "it is not JSON", advice, error);
  }
  const entry = (isObject(value) ? value : {}) as Partial<RegistryEntry<S>>;
  const problem = entryProblem(entry, name) ?? specificationProblem(schema, entry.spec);
  if (problem !== undefined) throw corruptState(path, `it is not an entry of the registry: ${problem}`, advice);
  return entry as RegistryEntry<S>;
}

function entryProblem(entry: Partial<RegistryEntry<unknown>>, name: string): string | undefined {
  if (entry.name !== name) return `its name is ${JSON.stringify(entry.name)}`;
  if (!Number.isSafeInteger(entry.version) || (entry.version ?? 0) < 1) return "it has no version";
  const { implementation: file } = entry;
  if (file === undefined) return undefined;
  // Any other file would be another entry's, or nobody's, and a change of this one removes it.
  const own = typeof file?.file === "string" && file.file.startsWith(name) && isExtension(file.file.slice(name.length));
  return own ? undefined : `its implementation is not ${name} with an extension`;
}

/** Whether an implementation's file can end so; `.json` is the entry itself. */
export function isExtension(extension: string): boolean {
  return /^\.[a-z0-9]{1,10}$/.test(extension) && extension !== ".json";
}

export function digestOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
