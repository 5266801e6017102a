import type { Transaction } from "untorn";
import { isUntornError } from "untorn";
import { corruptState, missingState } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";
import { openRegistry, registryFile } from "./registry.ts";
import type { OpenRegistry, Registry } from "./registry.ts";

/** A project: a `.project` folder, and what it stands on. */
export interface Place {
  /** The `.project` folder. */
  readonly folder: string;
  readonly ground: Ground;
}

/** One transaction on a project. There must be one already. */
export async function inProject<T>(place: Place, purpose: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    return (await place.ground.transaction(place.folder, work, { purpose })).value;
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND" && error.phase === "resolve") throw noProject(place);
    throw error;
  }
}

/** The registry as a transaction sees it. */
export async function registryIn(tx: Transaction, place: Place): Promise<OpenRegistry> {
  if (!(await tx.exists(registryFile))) throw noProject(place);
  const { data, path } = await tx.readText(registryFile);
  return openRegistry(data, path);
}

function noProject({ folder }: Place): Error {
  return missingState(`${folder}/${registryFile}`, "there is no project here", "Run `untorn project init` first.");
}

/** Files of a project as one commit left them. */
export interface Snapshot {
  readonly registry: Registry;
  /** By path relative to `.project/`; what does not exist is left out. */
  readonly texts: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly mtimeMs: number }>;
}

/** So often the registry is read again when it changed while the files that it names were looked up. */
const tries = 20;

/**
 * Reads the registry, and with it the files that `wanted` names, beside commands that go on. Takes no lock; where
 * commands keep coming, the last tries are as good as any.
 */
export async function snapshot(place: Place, wanted: (registry: Registry) => readonly string[]): Promise<Snapshot> {
  for (let attempt = 1; ; attempt += 1) {
    const first = place.ground.read(`${place.folder}/${registryFile}`);
    if (first === undefined) throw noProject(place);
    const { registry } = openRegistry(textOf(first.data, first.path), first.path);
    const paths = wanted(registry);
    const [again, ...files] = await place.ground.readTogether(place.folder, [registryFile, ...paths]);
    if (again?.etag !== first.etag && attempt < tries) continue;
    const texts = new Map<string, { bytes: Uint8Array; mtimeMs: number }>();
    paths.forEach((path, index) => {
      const file = files[index];
      if (file !== undefined) texts.set(path, { bytes: file.data, mtimeMs: file.mtimeMs });
    });
    return { registry, texts };
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as text, strictly. */
export function textOf(bytes: Uint8Array, path: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw corruptState(path, "it is not UTF-8 text", "`untorn recover` looks for a good copy.", error);
  }
}
