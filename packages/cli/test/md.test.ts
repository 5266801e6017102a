import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { editMarkdown } from "../src/markdown-edits.ts";
import { errorOf, folderFor, namesIn, untorn } from "./binary.ts";

const state = `# State

Status: working
Phase: 1 of 3

## Tasks

- [ ] Write
- [x] Test

## Numbers

| Phase | Plans |
|-------|-------|
| 01 | 2 |

<!-- STATS:BEGIN -->
none
<!-- STATS:END -->
`;

function stateFile(t: TestContext): string {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "STATE.md"), state);
  return cwd;
}

/** Runs an action, and returns what the file then differs in: lines that went and came. */
function changed(cwd: string, args: readonly string[], input = ""): string[] {
  const before = readFileSync(join(cwd, "STATE.md"), "utf8").split("\n");
  const ended = untorn(["md", "STATE.md", ...args], { cwd, input });
  assert.deepEqual([ended.status, ended.stdout, ended.stderr], [0, "", ""], args.join(" "));
  const after = readFileSync(join(cwd, "STATE.md"), "utf8").split("\n");
  const gone = before.filter((line) => !after.includes(line)).map((line) => `-${line}`);
  return [...gone, ...after.filter((line) => !before.includes(line)).map((line) => `+${line}`)];
}

test("md prints what is asked for", (t) => {
  const cwd = stateFile(t);
  const printed = (...args: string[]): string => {
    const { status, stdout, stderr } = untorn(["md", "STATE.md", ...args], { cwd });
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  assert.equal(printed("get", "Status"), "working\n");
  assert.equal(printed("get", "Status", "--json"), '"working"\n');
  assert.equal(printed("section", "State", "Tasks"), "- [ ] Write\n- [x] Test\n");
  assert.equal(printed("table"), '{"columns":["Phase","Plans"],"rows":[["01","2"]]}\n');
  assert.equal(printed("table", "01"), '{"Phase":"01","Plans":"2"}\n');
  assert.equal(printed("table", "01", "Plans"), "2\n");
  assert.equal(printed("block", "STATS"), "none\n");
  const { fields, headings, tasks, blocks } = JSON.parse(printed("list")) as Record<string, { length: number }>;
  assert.deepEqual([fields?.length, headings?.length, tasks?.length, blocks?.length], [2, 3, 2, 1]);
  assert.equal(readFileSync(join(cwd, "STATE.md"), "utf8"), state);
});

test("md changes what is asked for and nothing else", (t) => {
  const cwd = stateFile(t);
  const value = "a/b & \\1 $& `x`";
  assert.deepEqual(changed(cwd, ["set", "Status", value]), ["-Status: working", `+Status: ${value}`]);
  assert.deepEqual(changed(cwd, ["set", "Status", "--", "-x"]), [`-Status: ${value}`, "+Status: -x"]);
  assert.deepEqual(changed(cwd, ["set", "Owner", "me", "--add", "--under", "State"]), ["+Owner: me"]);
  assert.deepEqual(changed(cwd, ["check", "Wri", "--match", "start"]), ["-- [ ] Write", "+- [x] Write"]);
  assert.deepEqual(changed(cwd, ["uncheck", "Write"]), ["-- [x] Write", "+- [ ] Write"]);
  assert.deepEqual(changed(cwd, ["task", "Ship", "--under", "Tasks"]), ["+- [ ] Ship"]);
  assert.deepEqual(changed(cwd, ["table", "01", "Plans", "3|4"]), ["-| 01 | 2 |", "+| 01 | 3\\|4 |"]);
  assert.deepEqual(changed(cwd, ["table", "--append", "02", "5"]), ["+| 02 | 5 |"]);
  assert.deepEqual(changed(cwd, ["block", "--replace", "STATS"], "some\n"), ["-none", "+some"]);
  assert.deepEqual(changed(cwd, ["section", "--replace", "Tasks", "--text", "All done."]).at(-1), "+All done.");
  assert.deepEqual(changed(cwd, ["append", "Tasks"], "- more\n"), ["+- more"]);
  assert.deepEqual(changed(cwd, ["append", "Tasks", "--text", "- most"]), ["+- most"]);
  assert.deepEqual(changed(cwd, ["append", "Log", "--add", "--text", "first"]), ["+## Log", "+first"]);
  assert.deepEqual(namesIn(cwd), ["STATE.md"]);
});

test("md says what is there when a name is not, and changes nothing", (t) => {
  const cwd = stateFile(t);
  const refused = (...args: string[]): [number | null, string] => {
    const ended = untorn(["md", "STATE.md", "--json", ...args], { cwd });
    assert.equal(ended.stdout, "");
    assert.equal(readFileSync(join(cwd, "STATE.md"), "utf8"), state);
    return [ended.status, errorOf(ended).code];
  };
  assert.deepEqual(refused("set", "Statuz", "x"), [1, "UNTORN_NO_MATCH"]);
  assert.deepEqual(refused("section", "Nothing"), [1, "UNTORN_NO_MATCH"]);
  assert.deepEqual(refused("set", "Status", "a\nb"), [2, "UNTORN_INVALID_ARGUMENT"]);
  assert.deepEqual(refused("section", "--replace", "Tasks"), [2, "UNTORN_USAGE"]);
  assert.deepEqual(refused("set", "Status"), [2, "UNTORN_USAGE"]);
  assert.deepEqual(refused("frob", "Status"), [2, "UNTORN_USAGE"]);
  assert.deepEqual(refused("table", "01", "Plan"), [2, "UNTORN_USAGE"]);
  const { stderr } = untorn(["md", "STATE.md", "get", "Statuz"], { cwd });
  assert.match(stderr, /STATE\.md: there is no field "Statuz"; there is "Status" \(line 3\), "Phase" \(line 4\)/);
});

test("editMarkdown is pure: text and request in, text or answer out", () => {
  const set = editMarkdown(state, { action: "set", operands: ["Status", "done"] });
  assert.deepEqual(set, { text: state.replace("working", "done") });
  assert.deepEqual(editMarkdown(state, { action: "get", operands: ["Phase"] }), { output: "1 of 3" });
});
