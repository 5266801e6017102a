import { createHash } from "node:crypto";
import { isUntornError } from "untorn";
import { parseJson } from "untorn/json";
import type { GenericSchema } from "valibot";
import { corruptState } from "../ground/index.ts";
import { specificationProblem } from "./schemas.ts";

/** An entry of a registry, as its file holds it. Members that are not named here are kept. */
export interface RegistryEntry<S> {
  name: string;
  /** From 1; every `put` and every `remove` is one more. */
  version: number;
  updated: string;
  spec: S;
  /** The file beside it, and the SHA-256 of its bytes in hex. */
  implementation?: { file: string; sha256: string };
  [member: string]: unknown;
}

const advice = "`untorn registry KIND verify` checks every entry; the earlier versions are in history/.";

/** Reads the text of an entry, strictly. */
export function parseEntry<S>(text: string, path: string, name: string, schema: GenericSchema): RegistryEntry<S> {
  let value: unknown;
  try {
    value = parseJson(text, { path });
  } catch (error) {
    if (!isUntornError(error)) throw error;
    throw corruptState(path, "it is not JSON", advice, error);
  }
  const entry = (typeof value === "object" && value !== null ? value : {}) as Partial<RegistryEntry<S>>;
  const problem = entryProblem(entry, name) ?? specificationProblem(schema, entry.spec);
  if (problem !== undefined) throw corruptState(path, `it is not an entry of the registry: ${problem}`, advice);
  return entry as RegistryEntry<S>;
}

function entryProblem(entry: Partial<RegistryEntry<unknown>>, name: string): string | undefined {
  if (entry.name !== name) return `its name is ${JSON.stringify(entry.name)}`;
  if (!Number.isSafeInteger(entry.version) || (entry.version ?? 0) < 1) return "it has no version";
  const { implementation: file } = entry;
  if (file === undefined) return undefined;
  return typeof file?.file === "string" && /^[^/\\]+$/.test(file.file)
    ? undefined
    : "its implementation is no file's name";
}

export function digestOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
