import { isUntornError } from "untorn";
import { artifactKinds, readArtifact } from "../artifacts/index.ts";
import type { Artifact } from "../artifacts/index.ts";
import { codeInFolderName, codeNumber, greatestIn } from "./codes.ts";
import { isOfTheFile, textOf } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";
import type { Place } from "./place.ts";
import { isItemFolder, stages } from "./registry.ts";
import type { Stage } from "./registry.ts";
import { lineOf } from "./titles.ts";

/** A folder with artifacts, and what they say together. */
export interface FoundItem {
  /** Relative to `.project/`. */
  readonly path: string;
  readonly stage: Stage;
  /** The code in the frontmatter. */
  readonly code: string | undefined;
  /** The code that the folder's name begins with. */
  readonly nameCode: string | undefined;
  readonly title: string | undefined;
  /** `undefined` where no artifact says. */
  readonly epic: string | null | undefined;
  readonly created: string;
}

export interface Scan {
  readonly found: readonly FoundItem[];
  /** Files that cannot be read, and links. */
  readonly skipped: readonly { readonly path: string; readonly problem: string }[];
  /** Folders with artifacts of which none can be read, and links. */
  readonly unreadable: ReadonlySet<string>;
  /** The greatest number in any code that was seen, also in what cannot be parsed. */
  readonly greatest: number;
}

/** Looks at every folder of every stage. Nothing is changed. */
export function scanArtifacts(place: Place): Scan {
  const found: FoundItem[] = [];
  const skipped: { path: string; problem: string }[] = [];
  const unreadable = new Set<string>();
  let greatest = 0;
  for (const stage of stages) {
    for (const { name, directory, link } of place.ground.list(`${place.folder}/${stage}`)) {
      const path = `${stage}/${name}`;
      if (link) {
        // What it leads to is another place's, and may be another item's. Its entry stays.
        skipped.push({ path, problem: "it is a symbolic link, and what it leads to is not looked at" });
        unreadable.add(path);
        greatest = Math.max(greatest, greatestIn("WI", name));
        continue;
      }
      if (!directory) {
        if (name.endsWith(".md")) skipped.push({ path, problem: "it is not in a folder of its own" });
        continue;
      }
      const read = readFolder(place, path);
      greatest = Math.max(greatest, read.greatest, greatestIn("WI", name));
      skipped.push(...read.skipped);
      if (!isItemFolder(path)) {
        // No registry may have such a path, so one that is written with it could not be read again.
        skipped.push({ path, problem: "no item's folder has such a name: a backslash ends a name elsewhere" });
        continue;
      }
      if (read.artifacts.length > 0) found.push(asItem(path, stage, read.artifacts));
      else if (read.skipped.length > 0) unreadable.add(path);
    }
  }
  return { found, skipped, unreadable, greatest: Math.max(greatest, greatestSetAside(place)) };
}

/** What went to the quarantine had codes, too: folders by their names, registries that could not be read by their content. */
function greatestSetAside({ folder, ground }: Place): number {
  const numbers = ground.list(`${folder}/quarantine`).map(({ name, directory }) => {
    const bytes = directory ? undefined : setAside(ground, `${folder}/quarantine/${name}`);
    return Math.max(greatestIn("WI", name), greatestIn("WI", new TextDecoder().decode(bytes)));
  });
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

/** What is in the quarantine is there because it cannot be read: an empty file has no codes. */
function setAside(ground: Ground, path: string): Uint8Array | undefined {
  try {
    return ground.read(path)?.data;
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_CORRUPT") return undefined;
    throw error;
  }
}

interface ReadFolder {
  readonly artifacts: readonly Artifact[];
  readonly skipped: readonly { readonly path: string; readonly problem: string }[];
  readonly greatest: number;
}

function readFolder({ folder, ground }: Place, path: string): ReadFolder {
  const artifacts: Artifact[] = [];
  const skipped: { path: string; problem: string }[] = [];
  let greatest = 0;
  for (const kind of artifactKinds) {
    const name = `${path}/${kind}.md`;
    let text = "";
    try {
      const file = ground.read(`${folder}/${name}`);
      if (file === undefined) continue;
      text = textOf(file.data, name);
      const artifact = readArtifact(text, name);
      greatest = Math.max(greatest, codeNumber("WI", artifact.id) ?? 0);
      artifacts.push(artifact);
    } catch (error) {
      // Where the system is in the way, the content may be whole, with a code in it that must not be given a second time.
      if (isUntornError(error) && !isOfTheFile(error)) throw error;
      // The code in a file that cannot be parsed is taken all the same.
      greatest = Math.max(greatest, greatestIn("WI", text.slice(0, 4096)));
      skipped.push({ path: name, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { artifacts, skipped, greatest };
}

function asItem(path: string, stage: Stage, artifacts: readonly Artifact[]): FoundItem {
  const first = <T>(pick: (artifact: Artifact) => T | undefined): T | undefined => {
    for (const artifact of artifacts) {
      const value = pick(artifact);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const epic = first((artifact) => artifact.epic);
  return {
    path,
    stage,
    code: first(({ id }) => (codeNumber("WI", id) === undefined ? undefined : (id ?? undefined))),
    nameCode: codeInFolderName(path.slice(path.indexOf("/") + 1)),
    title: first(({ title }) => (title ? lineOf(title) || undefined : undefined)),
    epic: epic !== null && codeNumber("EP", epic) === undefined ? undefined : epic,
    created: first(({ created }) => created ?? undefined) ?? "",
  };
}
