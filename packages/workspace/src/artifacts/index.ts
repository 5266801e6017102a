export { artifactKinds, artifactSchema, artifactStatuses, newArtifact, readArtifact } from "./artifact.ts";
export type { Artifact, ArtifactKind, ArtifactStatus, NewArtifact } from "./artifact.ts";
export { artifactPaths, artifactsOf } from "./of-folder.ts";
export type { Artifacts, ReadFile } from "./of-folder.ts";
