import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { folderFor, untorn } from "../binary.ts";

/** Title, clear screen, colour by a C1 byte, direction of writing, backspace. */
export const evil = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\b";
/** None of these may reach a terminal; line ends, tabs, and what a terminal driver adds (\r) may. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
export const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
export const name = `${evil}.json`;
const shownInJson = JSON.stringify(evil).slice(1, -1);

export function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A folder in which everything that a command may show is hostile. */
export function hostileFolder(t: TestContext): string {
  const folder = folderFor(t);
  put(folder, name, `{"key": "${shownInJson}"`);
  put(folder, `${name}.tmp.4194399`, "{}");
  put(folder, "good.json", JSON.stringify({ title: evil, [evil]: 1 }));
  put(
    folder,
    "notes.md",
    `---\n"${shownInJson}": x\ntitle: "${shownInJson}"\n---\n# ${evil}\n\nStatus: ${evil}\n\n- [ ] ${evil}\n\n- [ ] ${evil}\n`,
  );
  put(folder, `${evil}/kept.txt`, `old ${evil}\n`);
  const now = new Date().toISOString();
  const items = { "WI-001": { title: evil, epic: "EP-001", stage: "backlog", path: null } };
  const epics = { "EP-001": { title: evil, status: "active" } };
  put(folder, ".project/registry.json", JSON.stringify({ epics, items, next_epic_id: 2, next_item_id: 2 }));
  put(folder, `.project/active/${evil}/spec.md`, `---\nid: WI-002\ntitle: "${shownInJson}"\nstatus: ${evil}\n---\n`);
  const task = {
    title: evil,
    status: "pending",
    priority: 1,
    attempts: 0,
    dependencies: [],
    errors: [evil],
    created: now,
    updated: now,
  };
  const state = { version: 1, updated: now, run_id: evil, tasks: { t1: task }, files: {}, phases: {}, queue: ["t1"] };
  put(folder, ".pipeline/state.json", JSON.stringify({ ...state, metrics: {}, patterns: {}, fixes: [], counters: {} }));
  put(
    folder,
    ".registry/roles/one.json",
    JSON.stringify({ name: "one", version: evil, updated: evil, specification: { [evil]: evil } }),
  );
  put(folder, ".registry/roles/broken.json", `{"a": ${evil}`);
  put(folder, ".long-run/STATE.md", `# ${evil}\n\nStatus: ${evil}\n`);
  put(
    folder,
    ".long-run/agent-history.json",
    JSON.stringify({
      version: "1.0",
      max_entries: 50,
      entries: [{ agent_id: "a1", task_description: evil, status: "spawned", timestamp: now }],
    }),
  );
  put(folder, ".long-run/summaries/01-SUMMARY.md", `# ${evil}\n`);
  put(folder, ".long-run/plans/01-PLAN.md", `- [ ] ${evil}\n`);
  put(folder, ".long-run/checkpoint.json", JSON.stringify({ plan: "01", task: 1, note: evil }));
  put(
    folder,
    `src/${evil}.js`,
    `const fs = require("fs"); fs.writeFileSync("${evil}state.json", "x" /* ${evil} */);\n`,
  );
  put(folder, "change.diff", `--- a/src/${evil}.js\n+++ b/src/${evil}.js\n@@ -1 +1 @@\n-${evil}\n+x\n`);
  put(folder, "script.txt", `write "${evil}/made.txt" x\n`);
  put(
    folder,
    "crash.mjs",
    `export const save = () => { throw new Error(${JSON.stringify(evil)}); };\nexport const load = () => ${JSON.stringify(evil)};\n`,
  );
  untorn(["write", "--generations", "3", `${evil}/kept.txt`], { cwd: folder, input: `new ${evil}\n` });
  return folder;
}
