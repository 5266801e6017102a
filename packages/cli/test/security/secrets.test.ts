import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folderFor, untorn } from "../binary.ts";
import { put } from "./hostile-folder.ts";

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
  const wrong: string[] = [];
  const check = (expected: number, args: readonly string[]): void => {
    const { stderr, stdout, status } = untorn(args, { cwd: folder, input: "{}\n" });
    if ((stderr + stdout).includes(secret)) told.push(`${args.join(" ")} (${status}): ${stderr}${stdout}`);
    // One that goes well by mistake, or fails before it has read the file, would prove nothing.
    if (status !== expected) wrong.push(`${args.join(" ")}: ${status}, not ${expected}: ${stderr}${stdout}`);
  };
  const calls: readonly (readonly [number, ...string[]])[] = [
    [1, "get", "cut.json", "."],
    [1, "get", "word.json", "."],
    [1, "get", "good.json", ".token + 1"],
    [1, "get", "good.json", ".token | tonumber"],
    [1, "get", "good.json", ".token | fromjson"],
    [1, "get", "good.json", ".list.x"],
    [1, "get", "good.json", ".token[0]"],
    [1, "get", "good.json", ".list - 1"],
    [1, "get", "good.json", ". + 1"],
    [1, "json", "good.json", ".token / .list"],
    [1, "json", "cut.json", ".x = 1"],
    [1, "frontmatter", "bad.md", "get", "token"],
    // The commands of a project: 2 is its state.
    [2, "item", "list"],
    [0, "reconcile"],
    [1, "pipeline", "show"],
    [1, "registry", "role", "list"],
    [1, "registry", "role", "verify"],
    [0, "run", "status"],
    [1, "rebuild"],
    [0, "patch", "create", "x", "change.diff"],
    [1, "patch", "apply", "1"],
    [1, "check"],
    [1, "status", "--no-cost"],
    [1, "recover"],
  ];
  for (const [index, [status, ...args]] of calls.entries()) {
    check(status, args);
    if (index % 5 === 0) check(status, [...args, "--json"]);
  }
  // Those read the configuration first; without it they come to the files.
  rmSync(join(folder, "untorn.config.json"));
  for (const command of ["check", "status", "recover"]) {
    for (const more of [[], ["--json"]]) check(1, [command, ...(command === "status" ? ["--no-cost"] : []), ...more]);
  }
  // The last line of a log is set aside by the next append, which says where, and not what it was.
  check(0, ["append", "cut.json"]);
  check(0, ["append", "log.jsonl"]);
  assert.deepEqual(wrong, []);
  assert.deepEqual(told, []);
});
