import { line } from "./command-victim.ts";
import type { Call, CommandVictim } from "./command-victim.ts";

const project: readonly Call[] = [
  line("project init"),
  line("epic add --title Epic"),
  line("item add --title Earlier --epic EP-001"),
];
const active: readonly Call[] = [...project, line("item move WI-001 --to active")];
const byHand = line("write --mkdir .project/active/by-hand/spec.md", "---\ntitle: By hand\n---\n# By hand\n");

const projectCommands: readonly CommandVictim[] = [
  {
    name: "project init",
    call: line("project init"),
    between: { ".project/.gitignore": "/.untorn/\n" },
    many: true,
  },
  { name: "epic add", first: project, call: line("epic add --title New"), many: true },
  { name: "item add, to the backlog", first: project, call: line("item add --title New"), many: true },
  { name: "item add", first: project, call: line("item add --title New --stage active --epic EP-001"), many: true },
  { name: "item move, to active", first: project, call: line("item move WI-001 --to active"), many: true },
  { name: "item move, to completed", first: active, call: line("item move WI-001 --to completed"), many: true },
  { name: "item move, back to the backlog", first: active, call: line("item move WI-001 --to backlog"), many: true },
  {
    name: "item update",
    first: active,
    call: line("item update WI-001 --artifact spec --status draft --owner me"),
    many: true,
  },
  {
    name: "item update --create",
    first: active,
    call: line("item update WI-001 --artifact plan --create"),
    many: true,
  },
  {
    name: "reconcile",
    first: [...active, byHand],
    call: line("reconcile"),
    many: true,
  },
  { name: "dashboard", first: active, call: line("dashboard") },
];

const [oldSource, newSource] = ["one\ntwo\nthree\nfour\n", "one\ntwo\n3\nfour\n"];
const patch = ["a.txt", "b/c.txt"]
  .map((name) => `--- a/${name}\n+++ b/${name}\n@@ -1,4 +1,4 @@\n one\n two\n-three\n+3\n four\n`)
  .concat(
    "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+new\n",
    "--- a/gone.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n",
  )
  .join("");
const sources = { "a.txt": oldSource, "b/c.txt": oldSource, "gone.txt": "gone\n" };
const created = line("patch create Three -", patch);

const patchCommands: readonly CommandVictim[] = [
  { name: "patch create", files: sources, call: created, many: true },
  {
    name: "patch apply",
    files: sources,
    first: [created],
    call: line("patch apply 1"),
    proof: { "a.txt": newSource, "b/c.txt": newSource, "new.txt": "new\n", "gone.txt": undefined },
    many: true,
  },
  {
    name: "patch revert",
    files: sources,
    first: [created, line("patch apply 1")],
    call: line("patch revert 1"),
    proof: { ...sources, "new.txt": undefined },
    many: true,
  },
];

const tool = { "grep.json": '{"description": "finds"}', "grep.mjs": "export {};\n" };
const [put, prompt] = ["registry tool put grep grep.json --implementation grep.mjs", '{"text": "Hello"}'];

const registryCommands: readonly CommandVictim[] = [
  {
    name: "registry put",
    files: tool,
    call: line(put),
    between: { ".registry/tools/.gitignore": "/.untorn/\n" },
    many: true,
  },
  {
    name: "registry put, a second version",
    first: [line("registry prompt put hello -", prompt)],
    call: line("registry prompt put hello -", '{"text": "Hello again"}'),
    many: true,
  },
  { name: "registry remove", files: tool, first: [line(put)], call: line("registry tool remove grep"), many: true },
  {
    name: "registry verify --apply",
    first: [line("registry prompt put hello -", prompt), line("remove .registry/prompts/index.json")],
    call: line("registry prompt verify --apply"),
    finds: true,
    many: true,
  },
];

const task = line("pipeline task add a First");
const pipeline = { files: { ".pipeline/notes.txt": "notes\n" }, first: [task] };

const pipelineCommands: readonly CommandVictim[] = [
  { name: "pipeline task add", ...pipeline, call: line("pipeline task add b Second --after a") },
  { name: "pipeline task set", ...pipeline, call: line("pipeline task set a --status running --error slow") },
  { name: "pipeline backup", ...pipeline, call: line("pipeline backup") },
  {
    name: "pipeline show, of a corrupt state",
    ...pipeline,
    first: [task, line("pipeline task set a --status running"), line("write --allow-empty .pipeline/state.json", "")],
    call: line("pipeline show"),
  },
];

const runFiles = { ".long-run/plans/01-PLAN.md": "- [ ] a\n- [ ] b\n" };
const started: readonly Call[] = [line("run init Run"), line("run plan start 01")];
const spawned: readonly Call[] = [...started, line("run agent spawn --id A1 --plan 01 first")];
const completed: readonly Call[] = [...spawned, line("run plan complete 01")];

const runCommands: readonly CommandVictim[] = [
  { name: "run init", call: line("run init Run"), between: { ".long-run/.gitignore": "/.untorn/\n" }, many: true },
  { name: "run resume", files: runFiles, first: spawned, call: line("run resume"), many: true },
  {
    // Killed once it has the lease, it has it still: whoever comes next is told, and waits for its time to be over.
    name: "run resume --lease",
    files: runFiles,
    first: spawned,
    call: line("run resume --lease 60"),
    next: line("run status"),
    many: true,
  },
  {
    name: "run agent spawn",
    files: runFiles,
    first: started,
    call: line("run agent spawn --id A1 --plan 01 first"),
    many: true,
  },
  { name: "run agent complete", files: runFiles, first: spawned, call: line("run agent complete A1"), many: true },
  { name: "run agent fail", files: runFiles, first: spawned, call: line("run agent fail A1 broken"), many: true },
  {
    name: "run plan start",
    files: runFiles,
    first: [line("run init Run")],
    call: line("run plan start 01"),
    many: true,
  },
  { name: "run plan complete", files: runFiles, first: spawned, call: line("run plan complete 01"), many: true },
  { name: "run checkpoint save", files: runFiles, first: started, call: line("run checkpoint save 01 1"), many: true },
  { name: "run issue add", files: runFiles, first: started, call: line("run issue add Slow"), many: true },
  { name: "run clarify add", files: runFiles, first: started, call: line("run clarify add Why"), many: true },
  {
    name: "rebuild --apply",
    files: runFiles,
    first: [...completed, line("write --allow-empty .long-run/agent-history.json", "")],
    call: line("rebuild --apply"),
    corrupt: true,
    many: true,
  },
];

/** Commands of projects, runs, pipelines, registries and patches. */
export const workspaceCommands: readonly CommandVictim[] = [
  ...projectCommands,
  ...patchCommands,
  ...registryCommands,
  ...pipelineCommands,
  ...runCommands,
];
