import assert from "node:assert/strict";
import { test } from "node:test";
import { folderFor, untorn } from "../binary.ts";
import { put } from "./hostile-folder.ts";

type Calls = readonly (readonly string[])[];

test("no error quotes what is in a file: not the parser's, not the filter's, not a schema's", (t) => {
  const folder = folderFor(t);
  const secret = "hunter2SECRET";
  put(folder, "cut.json", `{"token": "${secret}`);
  put(folder, "word.json", secret);
  put(folder, "good.json", JSON.stringify({ token: secret, list: [secret] }));
  put(folder, "bad.md", `---\ntoken: "${secret}\n---\n`);
  put(folder, "log.jsonl", `{"a": "${secret}\n{"b": 1}\n`);
  put(folder, ".project/registry.json", JSON.stringify({ epics: secret, items: { [secret]: secret } }));
  put(folder, ".pipeline/state.json", JSON.stringify({ version: secret, tasks: secret }));
  put(folder, ".registry/roles/one.json", JSON.stringify({ specification: secret, version: secret }));
  put(folder, ".long-run/agent-history.json", JSON.stringify({ entries: secret, max_entries: secret }));
  put(folder, ".long-run/STATE.md", "# x\n");
  put(folder, "untorn.config.json", JSON.stringify({ layouts: [{ folder: 5, files: secret }] }));
  put(folder, "change.diff", `--- a/good.json\n+++ b/good.json\n@@ -1 +1 @@\n-${secret}x\n+y\n`);
  const told: string[] = [];
  const failing: Calls = [
    ["get", "cut.json", "."],
    ["get", "word.json", "."],
    ["get", "good.json", ".token + 1"],
    ["get", "good.json", ".token | tonumber"],
    ["get", "good.json", ".token | fromjson"],
    ["get", "good.json", ".list.x"],
    ["get", "good.json", ".token[0]"],
    ["get", "good.json", ".list - 1"],
    ["get", "good.json", ". + 1"],
    ["json", "good.json", ".token / .list"],
    ["json", "cut.json", ".x = 1"],
    ["frontmatter", "bad.md", "get", "token"],
    ["append", "cut.json"],
    ["item", "list"],
    ["reconcile"],
    ["pipeline", "show"],
    ["registry", "role", "list"],
    ["registry", "role", "verify"],
    ["run", "status"],
    ["rebuild"],
    ["check"],
    ["status", "--no-cost"],
    ["recover"],
    ["patch", "create", "x", "change.diff"],
    ["patch", "apply", "1"],
  ];
  for (const [index, args] of failing.entries()) {
    for (const more of index % 5 === 0 ? [[], ["--json"]] : [[]]) {
      const { stderr, stdout, status } = untorn([...args, ...more], { cwd: folder, input: "{}\n" });
      if ((stderr + stdout).includes(secret)) told.push(`${args.join(" ")} (${status}): ${stderr}${stdout}`);
    }
  }
  assert.deepEqual(told, []);
});
