import * as v from "valibot";
import { artifactSchema } from "../artifacts/index.ts";
import type { Layout } from "./layout.ts";

const text = v.nullish(v.string());
/** The schema library takes a list for an object, too. */
const object = v.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "it is not an object",
);
const list = v.array(object);

/** What untorn's own commands keep, which is checked fully when they read it. */
const registry = v.looseObject({
  epics: v.pipe(object, v.record(v.string(), v.looseObject({ title: v.string(), status: v.string() }))),
  items: v.pipe(
    object,
    v.record(v.string(), v.looseObject({ title: v.string(), stage: v.string(), path: text })),
    // Every command refuses it, so a check that calls it whole would leave nobody a clue.
    v.check((items) => {
      const paths = Object.values(items).flatMap(({ path }) => path ?? []);
      return new Set(paths).size === paths.length;
    }, "several items have one path (`untorn reconcile` mends it)"),
  ),
  next_epic_id: v.number(),
  next_item_id: v.number(),
});
const history = v.looseObject({ entries: v.array(v.looseObject({ status: v.string() })) });

/** What other tools keep: only what such a file is nothing without, so that a newer version of a tool is not "corrupt". */
const taskLists = v.union([
  v.looseObject({ tasks: list }),
  v.pipe(object, v.record(v.string(), v.looseObject({ tasks: list }))),
]);
const issue = v.looseObject({ id: v.string() });
const task = v.looseObject({ id: v.union([v.string(), v.number()]), title: text, status: text });

const runFiles: Layout["files"] = [
  { path: "agent-history.json", kind: "json", schema: history, uniqueNames: true },
  { path: "checkpoint.json", kind: "json", schema: object, uniqueNames: true },
  { path: "config.json", kind: "json", schema: object },
  { path: "current-agent-id.txt", kind: "text" },
  { path: "STATE.md", kind: "frontmatter" },
  { path: "ISSUES.md", kind: "markdown" },
  { path: "clarifications.md", kind: "markdown" },
  { path: "PROJECT.md", kind: "markdown" },
  { path: "ROADMAP.md", kind: "markdown" },
  { path: "plans/*-PLAN.md", kind: "frontmatter" },
  { path: "summaries/*-SUMMARY.md", kind: "frontmatter" },
  { path: "phases/*/*-PLAN.md", kind: "frontmatter" },
  { path: "phases/*/*-SUMMARY.md", kind: "frontmatter" },
];

/** The layouts that are known without configuration. */
export const knownLayouts: readonly Layout[] = [
  {
    name: "project",
    folder: ".project",
    files: [
      { path: "registry.json", kind: "json", schema: registry, uniqueNames: true },
      { path: "CHANGELOG.md", kind: "markdown" },
      ...["backlog", "active", "completed"].flatMap((stage) =>
        ["spec", "design", "plan"].map((kind) => ({
          path: `${stage}/*/${kind}.md`,
          kind: "frontmatter" as const,
          schema: artifactSchema,
        })),
      ),
    ],
  },
  { name: "long-run", folder: ".long-run", files: runFiles },
  { name: "planning", folder: ".planning", files: runFiles },
  {
    name: "taskmaster",
    folder: ".taskmaster",
    files: [
      { path: "tasks/tasks.json", kind: "json", schema: taskLists },
      { path: "config.json", kind: "json", schema: object },
      { path: "state.json", kind: "json", schema: object },
      { path: "reports/*.json", kind: "json" },
    ],
  },
  {
    name: "backlog",
    folder: "backlog",
    files: [
      { path: "config.yml", kind: "yaml", schema: object },
      ...["tasks", "drafts", "completed", "archive/tasks", "archive/drafts"].map((folder) => ({
        path: `${folder}/*.md`,
        kind: "frontmatter" as const,
        schema: task,
        lenient: true,
      })),
      { path: "docs/*.md", kind: "frontmatter", lenient: true },
      { path: "decisions/*.md", kind: "frontmatter", lenient: true },
    ],
  },
  {
    name: "beads",
    folder: ".beads",
    files: [
      { path: "issues.jsonl", kind: "jsonl", schema: issue },
      { path: "beads.jsonl", kind: "jsonl", schema: issue },
      { path: "deletions.jsonl", kind: "jsonl", schema: issue },
      { path: "interactions.jsonl", kind: "jsonl", schema: object },
      { path: "metadata.json", kind: "json", schema: object },
      // All of it may be comments.
      { path: "config.yaml", kind: "yaml", schema: v.nullable(object) },
    ],
  },
  {
    name: "claude",
    folder: ".claude",
    files: [
      { path: "settings.json", kind: "json", schema: object },
      { path: "settings.local.json", kind: "json", schema: object },
      { path: "agents/*.md", kind: "frontmatter", lenient: true },
      { path: "commands/*.md", kind: "frontmatter", lenient: true },
      { path: "skills/*/SKILL.md", kind: "frontmatter", lenient: true },
    ],
  },
];
