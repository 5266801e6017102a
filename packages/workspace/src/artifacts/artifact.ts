import * as v from "valibot";
import { issueText } from "untorn";
import { editFrontmatter } from "untorn/frontmatter";
import { corruptState, escapeMarkdown } from "../ground/index.ts";
import { artifactData } from "./frontmatter.ts";

/** The kinds of artifacts, in their order. */
export const artifactKinds = ["spec", "design", "plan"] as const;

/** `spec.md`, `design.md` and `plan.md`. */
export type ArtifactKind = (typeof artifactKinds)[number];

/** What an artifact can be. */
export const artifactStatuses = ["draft", "in-progress", "complete"] as const;

/** How far an artifact is. */
export type ArtifactStatus = (typeof artifactStatuses)[number];

const optionalText = v.optional(v.nullable(v.string()));
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));

/**
 * The frontmatter of an artifact. People write these files too, so what may be missing is told apart from what is wrong:
 * every member may be left out, and a member that is there has its type.
 */
export const artifactSchema = v.looseObject({
  id: optionalText,
  title: optionalText,
  type: optionalText,
  status: v.optional(v.picklist(artifactStatuses)),
  epic: optionalText,
  owner: optionalText,
  /** ISO 8601. */
  created: optionalText,
  updated: optionalText,
  phases_total: count,
  phases_complete: count,
});

/** What the frontmatter of an artifact says. */
export type Artifact = v.InferOutput<typeof artifactSchema>;

/**
 * Reads the frontmatter of an artifact.
 * @throws UntornError UNTORN_CORRUPT: no YAML, or a member that has not its type.
 */
export function readArtifact(text: string, path: string): Artifact {
  const data = artifactData(text, path);
  const result = v.safeParse(artifactSchema, data);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const member = v.getDotPath(issue) ?? "the frontmatter";
  throw corruptState(path, `${member} is not what it must be: ${issueText(issue)}`, "Mend the frontmatter by hand.");
}

/** What a new artifact is made from. */
export interface NewArtifact {
  readonly kind: ArtifactKind;
  readonly id: string;
  readonly title: string;
  readonly epic: string | null;
  readonly owner: string | null;
  readonly now: Date;
}

const sections: Readonly<Record<ArtifactKind, readonly string[]>> = {
  spec: ["Problem", "Requirements", "Out of scope"],
  design: ["Approach", "Decisions"],
  plan: ["Phases"],
};

/** The text of a new artifact: its frontmatter, and headings to write under. */
export function newArtifact({ kind, id, title, epic, owner, now }: NewArtifact): string {
  const stamp = now.toISOString();
  const phases = kind === "plan" ? { phases_total: 0, phases_complete: 0 } : {};
  const data = { id, title, type: kind, status: "draft", epic, owner, created: stamp, updated: stamp, ...phases };
  const headings = sections[kind].map((heading) => `\n## ${heading}\n`).join("");
  return editFrontmatter(`\n# ${escapeMarkdown(title)}\n${headings}`, data);
}
