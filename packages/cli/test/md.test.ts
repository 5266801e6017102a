import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { markdownEdit } from "../src/markdown-edits.ts";
import type { MarkdownAnswer } from "../src/markdown-edits.ts";
import type { MarkdownValues } from "../src/markdown-options.ts";
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
  assert.deepEqual(refused("table", "01", "Plan"), [1, "UNTORN_NO_MATCH"]);
  const { stderr } = untorn(["md", "STATE.md", "get", "Statuz"], { cwd });
  assert.match(stderr, /STATE\.md: there is no field "Statuz"; there is "Status" \(line 3\), "Phase" \(line 4\)/);
});

/** What words and options make of a text. */
function edit(text: string, words: readonly string[], values: MarkdownValues = {}): MarkdownAnswer {
  return markdownEdit(words, values).run(text, values.text, "a.md");
}

test("an edit is pure: text, words and options in, text or answer out", () => {
  assert.deepEqual(edit(state, ["set", "Status", "done"]), { text: state.replace("working", "done") });
  assert.deepEqual(edit(state, ["get", "Phase"]), { output: "1 of 3" });
});

const phases = `# Phase 1

## Notes

precious

<!-- S:BEGIN -->
precious
<!-- S:END -->

# Phase 2

text
`;

test("every action looks only below --under, or says that it takes no such option", () => {
  const under = ["Phase 2"];
  for (const words of [
    ["section", "Notes"],
    ["append", "Notes"],
    ["block", "S"],
  ]) {
    const values = words[0] === "append" ? { text: "x" } : { replace: true, text: "x" };
    assert.throws(() => edit(phases, words, { ...values, under }), /there is no (heading|block)/);
    const added = (edit(phases, words, { ...values, under, add: true }) as { text: string }).text;
    assert.equal(added.slice(0, phases.length), phases, "what was there stays; the new comes below Phase 2");
    assert.ok(added.length > phases.length);
    const first = edit(phases, words, { ...values, under: ["Phase 1"] }) as { text: string };
    assert.ok(first.text.endsWith("\n\n# Phase 2\n\ntext\n") && first.text !== phases);
  }
  assert.deepEqual(edit(phases, ["block", "S"], { under: ["Phase 1"] }), { output: "precious" });
  assert.throws(() => edit(phases, ["section", "Notes"], { under }), /no heading "Notes" under "Phase 2"/);
  const { output } = edit(phases, ["list"], { under }) as { output: Record<string, unknown[]> };
  assert.deepEqual([output["headings"], output["blocks"]], [[], []]);
});

test("an option that an action does not take is refused, as one that means something only beside another", () => {
  const says = (words: readonly string[], values: MarkdownValues, message: RegExp): void => {
    assert.throws(() => edit(state, words, values), message, words.join(" "));
  };
  says(["section", "Tasks"], { text: "new" }, /section takes --text only with --replace/);
  says(["block", "STATS"], { text: "new" }, /block takes --text only with --replace/);
  says(["section", "Tasks"], { replace: true, level: "3", text: "x" }, /--level only with --add/);
  says(["set", "Status", "x"], { form: "bold" }, /--form only with --add/);
  says(["get", "Status"], { match: "part" }, /get takes no --match/);
  says(["task", "Ship"], { index: "0" }, /task takes no --index/);
  says(["block", "STATS"], { own: true }, /block takes no --own/);
  says(["list", "Status"], {}, /one argument too many/);
});

test("a table whose columns share a name is not read by that name, and the advice can be followed", () => {
  const text = "| a | v | v |\n|---|---|---|\n| k | 2 | 3 |\n| k | 4 | 5 |\n";
  for (const words of [
    ["table", "k", "v"],
    ["table", "k"],
  ]) {
    assert.throws(() => edit(text.replace("| k | 4 | 5 |\n", ""), words), /2 of column "v".*different names/s);
    assert.throws(() => edit(text, words), /2 of row "k".*first cells differ/s);
  }
  assert.throws(() => edit(text.replace("| k | 4 | 5 |\n", ""), ["table", "k", "v", "9"]), /2 of column "v"/);
});
