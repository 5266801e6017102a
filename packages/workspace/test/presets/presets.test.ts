import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { history, scan, writeFile } from "untorn";
import { configuredLayouts, fileAt, knownLayouts, registerLayouts } from "../../src/presets/index.ts";
import { openProject } from "../../src/project/index.ts";
import { artifact, folderFor, put } from "../folders.ts";

/** Files as their tools write them, and the same with what makes each nothing to its tool. */
const files: Readonly<Record<string, { good: string; bad: string }>> = {
  ".project/registry.json": {
    good: '{"epics":{},"items":{},"next_epic_id":1,"next_item_id":1}',
    bad: '{"epics":{},"items":[],"next_epic_id":1,"next_item_id":1}',
  },
  ".project/active/WI-001-x/spec.md": {
    good: artifact({ id: "WI-001", status: "draft" }),
    bad: artifact({ id: "WI-001", status: "done" }),
  },
  ".long-run/agent-history.json": { good: '{"version":"1.0","entries":[]}', bad: '{"version":"1.0"}' },
  ".long-run/checkpoint.json": { good: '{"plan":"01-02"}', bad: "[]" },
  ".planning/phases/01-x/01-01-SUMMARY.md": { good: artifact({ phase: "01-x", plan: 1 }), bad: "---\nphase: [\n---\n" },
  ".taskmaster/tasks/tasks.json": {
    good: '{"master":{"tasks":[{"id":1,"title":"x"}],"metadata":{}}}',
    bad: '{"master":{"items":[]}}',
  },
  "backlog/tasks/task-1 - x.md": {
    good: artifact({ id: "task-1", title: "x", status: "To Do" }),
    bad: artifact({ title: "x" }),
  },
  "backlog/completed/back-2 - y.md": {
    good: "---\nid: BACK-2\ntitle: Fix: the rest\nassignee: [@ann]\n---\n\n## Text\n",
    bad: "---\nid: BACK-2\ntitle: Fix: the rest\nassignee: [@a",
  },
  "backlog/config.yml": {
    good: 'project_name: "X"\nstatuses: ["To Do", "Done"]\nauto_open_browser: true\n',
    bad: 'project_name: "X"\nstatuses: ["To Do", "Do',
  },
  ".beads/config.yaml": { good: "# Every setting is left as it is.\n", bad: "sync:\n  - a\n b" },
  ".beads/deletions.jsonl": { good: '{"id":"bd-1","ts":"2025-11-25T10:00:00Z"}\n', bad: '{"ts":1}\n' },
  ".claude/commands/x.md": {
    good: "---\ndescription: Use it when: always\nargument-hint: [a] [b]\n---\nDo it.\n",
    bad: "---\ndescription: Use it when: al",
  },
  ".beads/issues.jsonl": { good: '{"id":"bd-1"}\n{"id":"bd-2"}\n', bad: '{"id":"bd-1"}\n{"title":"x"}\n' },
  ".claude/settings.json": { good: '{"permissions":{}}', bad: "[]" },
  ".claude/agents/x.md": { good: artifact({ name: "x" }), bad: "---\n[\n---\n" },
  ".claude/agents/README.md": { good: "# Agents\n", bad: "# Agents\0\n" },
};

test("the files of known layouts are checked by what their tools need, and only there", async (t) => {
  const folder = folderFor(t);
  for (const [path, { good, bad }] of Object.entries(files)) {
    put(join(folder, "good", path), good);
    put(join(folder, "bad", path), bad);
    // Elsewhere nothing is known of tools that read more than YAML.
    if (!/Fix: the rest|when: always/.test(good)) put(join(folder, "elsewhere", path.replace(/^[^/]+/, "other")), good);
  }
  t.after(registerLayouts(knownLayouts));
  assert.deepEqual((await scan(join(folder, "good"))).findings, []);
  const found = (await scan(join(folder, "bad"))).findings.filter(({ kind }) => kind === "corrupt");
  assert.deepEqual(
    found.map(({ path }) => path.slice(path.indexOf("/bad/") + 5)).toSorted(),
    Object.keys(files).toSorted(),
  );
  assert.deepEqual((await scan(join(folder, "elsewhere"))).findings, []);
});

test("a project of untorn's own has no findings", async (t) => {
  const folder = folderFor(t);
  const project = openProject(join(folder, ".project"));
  await project.init();
  await project.addItem({ title: "One", stage: "active" });
  await project.addItem({ title: "Two" });
  await project.moveItem("WI-001", { to: "completed" });
  t.after(registerLayouts(knownLayouts));
  assert.deepEqual((await scan(folder)).findings, []);
});

test("a layout is known from inside it, and through a link to it", async (t) => {
  const folder = folderFor(t);
  put(join(folder, ".beads/issues.jsonl"), files[".beads/issues.jsonl"]?.bad ?? "");
  symlinkSync(".beads", join(folder, "linked"));
  t.after(registerLayouts(knownLayouts));
  const before = process.cwd();
  t.after(() => process.chdir(before));
  for (const place of [".", ".beads", "linked"]) {
    process.chdir(join(folder, place));
    const kinds = (await scan(".")).findings.map(({ kind }) => kind);
    assert.deepEqual(kinds, ["corrupt"], place);
  }
});

test("a layout is known through `..` behind a link into it", async (t) => {
  const folder = folderFor(t);
  put(join(folder, ".beads/sub/other"), "");
  put(join(folder, ".beads/issues.jsonl"), files[".beads/issues.jsonl"]?.bad ?? "");
  symlinkSync(".beads/sub", join(folder, "link"));
  t.after(registerLayouts(knownLayouts));
  const path = `${folder}/link/../issues.jsonl`;
  await writeFile(path, files[".beads/issues.jsonl"]?.good ?? "", { generations: 5 });
  // What is corrupt becomes no generation.
  assert.deepEqual((await history(path)).generations, []);
});

test("a layout's patterns stay within one name", () => {
  const path = (text: string): string | undefined => fileAt(knownLayouts, text)?.path;
  assert.equal(path("/a/.project/active/x/spec.md"), "active/*/spec.md");
  assert.equal(path("a\\.project\\registry.json"), "registry.json");
  assert.equal(path(".project/active/x/y/spec.md"), undefined);
  assert.equal(path("registry.json"), undefined);
  assert.equal(path(".planning/phases/01-x/01-01-PLAN.md"), "phases/*/*-PLAN.md");
});

test("a configuration adds layouts of one's own", async (t) => {
  const folder = folderFor(t);
  assert.deepEqual(await configuredLayouts(folder), []);
  const layouts = [{ name: "mine", folder: "state", files: [{ path: "*.json", kind: "json", required: ["version"] }] }];
  put(join(folder, "untorn.config.json"), JSON.stringify({ audit: {}, layouts }));
  const own = await configuredLayouts(folder);
  assert.deepEqual(own, layouts);
  put(join(folder, "state/a.json"), "{}");
  put(join(folder, "state/b.json"), '{"version":1}');
  t.after(registerLayouts(own));
  const { findings } = await scan(folder);
  assert.deepEqual(
    findings.map(({ path }) => path.split("/").at(-1)),
    ["a.json"],
  );
  put(join(folder, "deep/er/x"), "");
  assert.deepEqual(await configuredLayouts(join(folder, "deep/er")), [], "no repository, nothing above is looked at");
  mkdirSync(join(folder, ".git"));
  assert.deepEqual(await configuredLayouts(join(folder, "deep/er")), layouts);
  for (const wrong of [
    "{",
    "[]",
    '{"layout":[]}',
    '{"layouts":{}}',
    '{"layouts":[{"name":"x","folder":"../x","files":[{"kind":"yaml"}]}]}',
  ]) {
    put(join(folder, "untorn.config.json"), wrong);
    await assert.rejects(configuredLayouts(folder), /untorn\.config\.json/);
  }
});

test("a configuration in TypeScript has schemas; where Node cannot read it, that is said", async (t) => {
  const folder = folderFor(t);
  put(
    join(folder, "untorn.config.ts"),
    `import { kinds } from "./kinds.ts";
     interface Numbered { readonly version: number }
     const validate = (value: unknown) =>
       typeof (value as Numbered).version === "number" ? { value } : { issues: [{ message: "it has no version" }] };
     const schema = { "~standard": { version: 1, vendor: "mine", validate } } as const;
     export default { layouts: [{ name: "mine", folder: "state", files: [{ path: "*.json", kind: kinds[0], schema }] }] };
    `,
  );
  put(join(folder, "kinds.ts"), 'export const kinds: string[] = ["json"];\n');
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 15)) {
    await assert.rejects(configuredLayouts(folder), { code: "UNTORN_UNSUPPORTED", message: /untorn\.config\.mjs/ });
    put(
      join(folder, "untyped/untorn.config.ts"),
      "export default { layouts: [{ name: 'mine', folder: 'state', files: [] }] };\n",
    );
    assert.deepEqual(await configuredLayouts(join(folder, "untyped")), [{ name: "mine", folder: "state", files: [] }]);
    rmSync(join(folder, "untorn.config.ts"));
    put(join(folder, "untorn.config.mjs"), "export default { layouts: [] };\n");
    assert.deepEqual(await configuredLayouts(folder), []);
    return;
  }
  const own = await configuredLayouts(folder);
  put(join(folder, "state/a.json"), "{}");
  put(join(folder, "state/b.json"), '{"version":1}');
  t.after(registerLayouts(own));
  assert.deepEqual(
    (await scan(folder)).findings.map(({ path, detail }) => [path.split("/").at(-1), /it has no version/.test(detail)]),
    [["a.json", true]],
  );
  put(join(folder, "broken/untorn.config.ts"), "export default {{;\n");
  await assert.rejects(configuredLayouts(join(folder, "broken")), { code: "UNTORN_CORRUPT" });
});
