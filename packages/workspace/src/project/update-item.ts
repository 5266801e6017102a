import type { Transaction } from "untorn";
import { editFrontmatter, parseFrontmatter } from "untorn/frontmatter";
import { inputRefused, missingState, refuseTorn } from "../ground/index.ts";
import { artifactKinds, artifactStatuses, newArtifact, readArtifact } from "../artifacts/index.ts";
import type { Artifact, ArtifactKind, ArtifactStatus } from "../artifacts/index.ts";
import { itemOf } from "./items.ts";
import { inProject, registryIn } from "./place.ts";
import type { Place } from "./place.ts";
import type { Item } from "./registry.ts";

/** What changes in an artifact. */
export interface UpdateItemOptions {
  readonly artifact: ArtifactKind;
  readonly status?: ArtifactStatus;
  readonly owner?: string;
  /** For plans: whole numbers from 0. */
  readonly phasesTotal?: number;
  readonly phasesComplete?: number;
  /** Makes the artifact where it is missing. Without it a missing file is an error: it may have been lost. */
  readonly create?: boolean;
}

/** An artifact as it is now. */
export interface UpdatedArtifact {
  readonly code: string;
  /** Relative to `.project/`. */
  readonly path: string;
  readonly artifact: Artifact;
}

/** Changes the frontmatter of an artifact and stamps `updated`; the body and all other members keep their bytes. */
export async function updateItem(place: Place, code: string, options: UpdateItemOptions): Promise<UpdatedArtifact> {
  checkOptions(options);
  return await inProject(place, "item update", async (tx) => {
    const registry = await registryIn(tx, place);
    const item = itemOf(registry, code);
    if (item.path === null) {
      throw inputRefused(code, `it is in ${item.stage} and has no folder`, "`untorn item move` makes it active.");
    }
    const path = `${item.path}/${options.artifact}.md`;
    const text = await textFor(tx, place, { path, code, item, options });
    const shown = `${place.folder}/${path}`;
    refuseTorn(text, shown);
    readArtifact(text, shown);
    const { data } = parseFrontmatter(text, { path: shown });
    const after = { ...data, ...changes(options), updated: place.ground.now().toISOString() };
    checkPhases(after, shown);
    const edited = editFrontmatter(text, after, { path: shown });
    await tx.write(path, edited);
    return { code, path, artifact: readArtifact(edited, shown) };
  });
}

async function textFor(
  tx: Transaction,
  place: Place,
  wanted: { path: string; code: string; item: Item; options: UpdateItemOptions },
): Promise<string> {
  const { path, code, item, options } = wanted;
  if (await tx.exists(path)) return (await tx.readText(path)).data;
  const { artifact, create, owner = null } = options;
  if (create !== true) {
    const next = "Pass --create to make it, or run `untorn reconcile` if the folder has moved.";
    throw missingState(`${place.folder}/${path}`, `${code} has no ${artifact}.md`, next);
  }
  const now = place.ground.now();
  return newArtifact({ kind: artifact, id: code, title: item.title, epic: item.epic, owner, now });
}

function checkOptions({ artifact, status, phasesTotal, phasesComplete }: UpdateItemOptions): void {
  if (!artifactKinds.includes(artifact)) {
    throw inputRefused("artifact", `an artifact is one of ${artifactKinds.join(", ")}, not ${artifact}`);
  }
  if (status !== undefined && !artifactStatuses.includes(status)) {
    throw inputRefused("status", `a status is one of ${artifactStatuses.join(", ")}, not ${status}`);
  }
  for (const number of [phasesTotal, phasesComplete]) {
    if (number === undefined) continue;
    if (artifact !== "plan") throw inputRefused("phases", `only a plan has phases, not a ${artifact}`);
    if (!Number.isSafeInteger(number) || number < 0) throw inputRefused("phases", "phases are whole numbers from 0");
  }
}

function changes({ status, owner, phasesTotal, phasesComplete }: UpdateItemOptions): Record<string, unknown> {
  return {
    ...(status === undefined ? {} : { status }),
    ...(owner === undefined ? {} : { owner }),
    ...(phasesTotal === undefined ? {} : { phases_total: phasesTotal }),
    ...(phasesComplete === undefined ? {} : { phases_complete: phasesComplete }),
  };
}

function checkPhases(data: Record<string, unknown>, path: string): void {
  const { phases_total: total, phases_complete: complete } = data;
  if (typeof complete !== "number" || (typeof total === "number" && complete <= total)) return;
  throw inputRefused(path, `${complete} phases cannot be complete of ${typeof total === "number" ? total : "none"}`);
}
