import type { FileContent, Transaction, UntornError } from "untorn";
import { isUntornError } from "untorn";
import type { ReadFile } from "../artifacts/index.ts";
import { changeTyped, isOfTheFile, missingState, readTyped } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";
import { changelogFile } from "./changelog.ts";
import { readRegistry, registryDocument, registryFile, stages } from "./registry.ts";
import type { Registry } from "./registry.ts";

/** A project: a `.project` folder, and what it stands on. */
export interface Place {
  /** The `.project` folder. */
  readonly folder: string;
  readonly ground: Ground;
}

/** One transaction on a project. There must be one already. */
export async function inProject<T>(place: Place, purpose: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    return (await place.ground.store(place.folder).transaction(work, { purpose })).value;
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND" && error.phase === "resolve") throw noProject(place);
    throw error;
  }
}

/** One transaction that changes the registry, and whatever else `work` does in it. */
export async function changeRegistry<T>(
  place: Place,
  purpose: string,
  work: (registry: Registry, tx: Transaction) => T | Promise<T>,
): Promise<T> {
  const initial = (): never => {
    throw noProject(place);
  };
  const document = { ...registryDocument, initial };
  return await inProject(
    place,
    purpose,
    async (tx) => await changeTyped(tx, document, place.folder, (registry) => work(registry, tx)),
  );
}

/** The registry as a transaction sees it. */
export async function registryIn(tx: Transaction, place: Place): Promise<Registry> {
  const registry = await readTyped(tx, registryDocument, place.folder);
  if (registry === undefined) throw noProject(place);
  return registry;
}

function noProject(place: Place): Error {
  const path = `${place.folder}/${registryFile}`;
  return lostRegistry(place) ?? missingState(path, "there is no project here", "Run `untorn project init` first.");
}

/**
 * What is wrong where there is no registry, but what only a project leaves: a new one would give the codes of its items a second time.
 * `undefined`: there is a registry, or there never was one.
 */
export function lostRegistry({ folder, ground }: Place): UntornError | undefined {
  const entries = ground.list(folder);
  if (entries.some(({ name }) => name === registryFile)) return undefined;
  const left = entries.find(
    ({ name }) =>
      name === changelogFile ||
      ([...stages, "quarantine"].includes(name) && ground.list(`${folder}/${name}`).length > 0),
  );
  if (left === undefined) return undefined;
  const problem = `it is gone, and ${left.name}${left.directory ? "/" : ""} has what belongs to its items`;
  return missingState(`${folder}/${registryFile}`, problem, "Run `untorn reconcile` to rebuild it from the artifacts.");
}

/** Files of a project as one commit left them. */
export interface Snapshot {
  readonly registry: Registry;
  /** By path relative to `.project/`; what does not exist is left out. */
  readonly texts: ReadonlyMap<string, ReadFile>;
}

/** So often the registry is read again when it changed while the files that it names were read. */
const tries = 20;

/**
 * Reads the registry, and with it the files that `wanted` names, beside commands that go on. Takes no lock; where
 * commands keep coming, the last try is as good as any.
 *
 * Every command that changes more than one file changes the registry, and `readTogether` does not answer while one is half
 * done. So where the registry is the same before and after, all that was read in between is of one moment.
 */
export async function snapshot(place: Place, wanted: (registry: Registry) => readonly string[]): Promise<Snapshot> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await registryFileOf(place);
    const registry = readRegistry(first.data, first.path);
    const texts = new Map<string, ReadFile>();
    const paths = wanted(registry);
    for (const path of paths) {
      const file = readOne(place, path);
      if (file !== undefined) texts.set(path, file);
    }
    if (paths.length === 0) return { registry, texts };
    const again = await registryFileOf(place);
    if (again.etag === first.etag || attempt === tries) return { registry, texts };
  }
}

/** One file that cannot be read takes no others down. */
function readOne({ folder, ground }: Place, path: string): ReadFile | undefined {
  try {
    const file = ground.read(`${folder}/${path}`);
    return file === undefined ? undefined : { bytes: file.data };
  } catch (error) {
    if (!isUntornError(error) || !isOfTheFile(error)) throw error;
    return { problem: error.message };
  }
}

async function registryFileOf(place: Place): Promise<FileContent> {
  try {
    const [file] = await place.ground.store(place.folder).readTogether([registryFile]);
    if (file !== undefined) return file;
  } catch (error) {
    if (!isUntornError(error) || error.code !== "UNTORN_NOT_FOUND" || error.phase !== "resolve") throw error;
  }
  throw noProject(place);
}
