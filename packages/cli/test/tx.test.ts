import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { errorOf, folderFor, untorn } from "./binary.ts";

const files: Readonly<Record<string, string>> = {
  "STATE.md": "# State\n\nStatus: working\n\n## Notes\n\nnone\n",
  "backlog/EP-001.md": "---\nid: EP-001\nstatus: draft\n---\n# Epic\n",
  "old.md": "old\n",
  "registry.json": '{\n    "next": 1, "id": 12345678901234567890\n}\n',
};

function project(t: TestContext): string {
  const cwd = folderFor(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, ".."), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  return cwd;
}

/** Every file but untorn's own. */
function contents(cwd: string): Record<string, string> {
  const names = (readdirSync(cwd, { recursive: true }) as string[]).filter((name) => !name.startsWith(".untorn"));
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(cwd, name)).isFile())
      .toSorted()
      .map((name) => [name, readFileSync(join(cwd, name), "utf8")]),
  );
}

const script = `# everything at once
md STATE.md set Status 'all done'
md STATE.md section --replace Notes <<END
Two lines,
and no more.
END
frontmatter backlog/EP-001.md status active
frontmatter backlog/EP-001.md priority 2
rename backlog/EP-001.md active/EP-001.md
write log/1.txt "first\\nline\\n"
write raw.txt 'a "quoted" $& \\1 text'   # a comment
json registry.json '.next += 1'
remove old.md
mkdir empty
`;

const wanted: Readonly<Record<string, string>> = {
  "STATE.md": "# State\n\nStatus: all done\n\n## Notes\n\nTwo lines,\nand no more.\n",
  "active/EP-001.md": "---\nid: EP-001\nstatus: active\npriority: 2\n---\n# Epic\n",
  "log/1.txt": "first\nline\n",
  "raw.txt": 'a "quoted" $& \\1 text',
  "registry.json": '{\n    "next": 2, "id": 12345678901234567890\n}\n',
};

test("a script of lines is carried out, from standard input and from a file", (t) => {
  for (const from of ["stdin", "file"]) {
    const cwd = project(t);
    const file = join(folderFor(t), "script.txt");
    writeFileSync(file, script);
    const ended = from === "stdin" ? untorn(["tx"], { cwd, input: script }) : untorn(["tx", file], { cwd });
    assert.deepEqual([ended.status, ended.stdout, ended.stderr], [0, "", ""]);
    assert.deepEqual(contents(cwd), wanted);
    assert.ok(existsSync(join(cwd, "empty")));
  }
});

test("a script of JSON does the same, in another root, and gives a receipt", (t) => {
  const cwd = project(t);
  const steps = [
    { op: "md", path: "STATE.md", words: ["set", "Status", "all done"] },
    { op: "md", path: "STATE.md", words: ["section", "--replace", "Notes"], text: "Two lines,\nand no more.\n" },
    { op: "frontmatter", path: "backlog/EP-001.md", key: "status", value: "active" },
    { op: "frontmatter", path: "backlog/EP-001.md", key: "priority", value: 2 },
    { op: "rename", path: "backlog/EP-001.md", to: "active/EP-001.md" },
    { op: "write", path: "log/1.txt", text: "first\nline\n", mode: "0600" },
    { op: "write", path: "raw.txt", text: 'a "quoted" $& \\1 text' },
    { op: "json", path: "registry.json", filter: ".next += 1" },
    { op: "remove", path: "old.md" },
    { op: "mkdir", path: "empty" },
  ];
  const ended = untorn(["tx", "--root", cwd, "--json"], { input: JSON.stringify(steps) });
  assert.equal(ended.stderr, "");
  assert.deepEqual(contents(cwd), wanted);
  assert.equal(statSync(join(cwd, "log/1.txt")).mode & 0o777, 0o600);
  const receipt = JSON.parse(ended.stdout) as { written: string[]; removed: string[]; syncs: number };
  assert.deepEqual(receipt.written, ["STATE.md", "active/EP-001.md", "log/1.txt", "raw.txt", "registry.json"]);
  assert.deepEqual(receipt.removed, ["backlog/EP-001.md", "old.md"]);
  assert.ok(receipt.syncs > 0);
});

test("a dry run prints a diff that git applies to the same effect, and changes nothing", (t) => {
  const cwd = project(t);
  const ended = untorn(["tx", "--dry-run"], { cwd, input: script });
  assert.equal(ended.status, 0, ended.stderr);
  assert.deepEqual(contents(cwd), files);
  assert.equal(existsSync(join(cwd, ".untorn")), false, "not even a folder for locks");
  assert.match(ended.stdout, /^--- a\/STATE\.md\n\+\+\+ b\/STATE\.md\n@@ /);
  assert.match(ended.stdout, /\n--- a\/old\.md\n\+\+\+ \/dev\/null\n/);
  assert.match(ended.stdout, /\n--- \/dev\/null\n\+\+\+ b\/log\/1\.txt\n/);
  const applied = spawnSync("git", ["apply", "-"], { cwd, input: ended.stdout, encoding: "utf8" });
  assert.equal(applied.status, 0, `${applied.stderr}\n${ended.stdout}`);
  assert.deepEqual(contents(cwd), wanted);
});

test("a directory that is renamed is in the diff, file by file", (t) => {
  const cwd = project(t);
  const ended = untorn(["tx", "--dry-run", "--json"], { cwd, input: "rename backlog done/2026\n" });
  const { diff } = JSON.parse(ended.stdout) as { diff: string };
  assert.match(diff, /--- a\/backlog\/EP-001\.md\n\+\+\+ \/dev\/null/);
  assert.match(diff, /--- \/dev\/null\n\+\+\+ b\/done\/2026\/EP-001\.md/);
});

for (const [what, last, status, words] of [
  ["a file that is not there", "remove missing.md", 1, /line 2 \(remove missing\.md\).*\n.*missing\.md/],
  ["a file to be changed that is not there", "json missing.json .x", 1, /line 2 .*\n.*missing\.json/],
  ["a filter that fails", "json registry.json .next.x", 1, /line 2 \(json registry\.json\)/],
  ["a filter that is none", "json registry.json ][", 2, /line 2.*FILTER/],
  ["a field that is not there", "md STATE.md set Missing x", 1, /line 2 \(md STATE\.md\)/],
  ["a path that leads out", "write ../out.txt x", 2, /'\.\.'/],
  ["a name that is taken", "rename old.md STATE.md", 1, /there/],
  ["an edit that only reads", "md STATE.md get Status", 2, /line 2.*only reads/],
  ["an option that there is not", "md STATE.md set Status x --ad", 2, /line 2.*Did you mean --add/],
] as const) {
  test(`${what}: nothing is changed, and the step is named`, (t) => {
    const cwd = project(t);
    const ended = untorn(["tx"], { cwd, input: `write old.md new\n${last}\n` });
    assert.equal(ended.status, status, ended.stderr);
    assert.match(ended.stderr, words);
    assert.doesNotMatch(ended.stderr, /tx\./, "nobody can call the library from a script of steps");
    assert.deepEqual(contents(cwd), files);
    const asJson = untorn(["tx", "--json"], { cwd, input: `write old.md new\n${last}\n` });
    const { code, message, step } = errorOf(asJson) as ReturnType<typeof errorOf> & { step?: unknown };
    assert.ok(code.startsWith("UNTORN_") && message !== "");
    const [op, path] = last.split(" ");
    assert.deepEqual(step, { where: "line 2", op, path });
    assert.deepEqual(contents(cwd), files);
  });
}

for (const [what, input, words] of [
  ["nothing", "", /empty/],
  ["comments only", "# nothing\n\n", /empty/],
  ["a misspelt operation", "remvoe old.md", /Line 1.*Did you mean 'remove'/],
  ["a word too few", "rename old.md", /Line 1.*rename PATH NEW-PATH/],
  ["a word too many", "\nremove a b", /Line 2.*remove PATH/],
  ["a write without text", "write a.md", /write PATH TEXT/],
  ["an open quote", "write a 'x", /Line 1/],
  ["a bad JSON text", 'write a "\\x"', /Line 1.*JSON/],
  ["a text without end", "write a <<END\nx\n", /Line 1.*END/],
  ["JSON that is none", "[{", /not JSON/],
  ["a step that is no object", "[1]", /Step 1.*object/],
  ["a step without its path", '[{"op":"remove"}]', /Step 1.*"path"/],
  ["a member too many", '[{"op":"remove","path":"a","txt":"x"}]', /Step 1.*"txt"/],
  ["a text that is none", '[{"op":"write","path":"a","text":1}]', /must be text/],
] as const) {
  test(`a script with ${what} is a usage error, and nothing is touched`, (t) => {
    const cwd = project(t);
    const ended = untorn(["tx"], { cwd, input });
    assert.equal(ended.status, 2, ended.stderr);
    assert.match(ended.stderr, words);
    assert.deepEqual(contents(cwd), files);
    assert.ok(!existsSync(join(cwd, ".untorn")));
  });
}

test("tx leaves symbolic links alone, and says which command takes them", (t) => {
  const cwd = project(t);
  symlinkSync("old.md", join(cwd, "link.md"));
  const { status, stderr } = untorn(["tx"], { cwd, input: "remove link.md\n" });
  assert.equal(status, 1);
  assert.match(stderr, /link\.md: it is a symbolic link.* use `untorn remove` or `untorn rename` for the link itself/);
  assert.equal(readFileSync(join(cwd, "old.md"), "utf8"), "old\n");
});
