import { textOf } from "../ground/index.ts";
import { artifactKinds, readArtifact } from "./artifact.ts";
import type { Artifact, ArtifactKind } from "./artifact.ts";

/** The artifacts of an item that can be read, and why the others cannot. */
export interface Artifacts {
  readonly artifacts: Partial<Record<ArtifactKind, Artifact>>;
  readonly problems: Partial<Record<ArtifactKind, string>>;
}

/** Whatever has a folder that artifacts may be in. */
interface Folder {
  /** Relative to `.project/`. */
  readonly path: string | null;
}

/** What a file held when it was read, or why it could not be read. */
export type ReadFile = { readonly bytes: Uint8Array } | { readonly problem: string };

/** Where the artifacts of an item are, if they are there. */
export function artifactPaths({ path }: Folder): string[] {
  return path === null ? [] : artifactKinds.map((kind) => `${path}/${kind}.md`);
}

/** The artifacts of an item, from the files that were read; one that cannot be read does not hide the others. */
export function artifactsOf({ path }: Folder, texts: ReadonlyMap<string, ReadFile>): Artifacts {
  const found: Artifacts = { artifacts: {}, problems: {} };
  for (const kind of artifactKinds) {
    const name = `${path}/${kind}.md`;
    const file = texts.get(name);
    if (file === undefined) continue;
    if ("problem" in file) {
      found.problems[kind] = file.problem;
      continue;
    }
    try {
      found.artifacts[kind] = readArtifact(textOf(file.bytes, name), name);
    } catch (error) {
      found.problems[kind] = error instanceof Error ? error.message : String(error);
    }
  }
  return found;
}
