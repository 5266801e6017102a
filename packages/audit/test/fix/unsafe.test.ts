import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { planFixes } from "../../src/fix/index.ts";
import { project } from "../project.ts";

/** What Node itself says of a module; parsers that mend as they go let more through. */
function syntaxErrors(module: string): string {
  return spawnSync(process.execPath, ["--input-type=module", "--check"], { input: module, encoding: "utf8" }).stderr;
}

type Verdict = "safe" | "unsafe" | "none";

/** One torn write each; what a fix of it could change that somebody may notice decides. */
const cases: readonly (readonly [string, Verdict, string, string])[] = [
  ["a shell command that says what it found by its status", "unsafe", "a.sh", "diff -u old new > changes.patch"],
  ["a shell command whose failure does not matter", "unsafe", "a.sh", "jq . a.json > b.json || true"],
  ["a shell command whose failure ends the script", "safe", "a.sh", "jq . a.json > b.json || exit 1"],
  ["a text that may be empty", "safe", "a.sh", 'printf "%s" "$value" > state.json'],
  [
    "a handle that is locked",
    "none",
    "a.py",
    'with open("a.json", "w") as f:\n    fcntl.flock(f, fcntl.LOCK_EX)\n    f.write("1")',
  ],
  [
    "a file whose mode is changed while it is open",
    "unsafe",
    "a.py",
    'with open(path, "w") as f:\n    os.chmod(path, 0o600)\n    f.write(d)',
  ],
  [
    "a file that another program is given while it is open",
    "unsafe",
    "a.py",
    'with open(self.path, "w") as f:\n    f.write(d)\n    f.flush()\n    run([tool, self.path])',
  ],
  ["a handle whose name is asked for", "unsafe", "a.py", 'f = open(path, "w")\nf.write(d)\nuse(f.name)\nf.close()'],
  [
    "a file that is used when it is closed",
    "safe",
    "a.py",
    'f = open(path, "w")\nf.write(d)\nf.close()\nos.chmod(path, 0o600)',
  ],
  [
    "a file that is only named in a message",
    "safe",
    "a.py",
    'with open(path, "w") as f:\n    print(f"to {path}", path)\n    f.write(d)',
  ],
  ["a file that tools load by its path", "unsafe", "hatch_build.py", 'with open(path, "w") as f:\n    f.write(d)'],
  [
    "a descriptor that is opened at once",
    "none",
    "a.py",
    'import os\nwith open(os.open(p, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:\n    f.write(d)',
  ],
  ["what may go to a device", "unsafe", "a.mjs", 'fs.writeFileSync(out ?? "/dev/stdout", d);'],
  ["what may go to a file of a given name", "safe", "a.mjs", 'fs.writeFileSync(out ?? "a.json", d);'],
  ["a mode that a new file would get anyway", "safe", "a.mjs", 'fs.writeFileSync("a.json", d, { mode: 0o666 });'],
  ["a mode that Node gives to new files only", "unsafe", "a.mjs", 'fs.writeFileSync("a.json", d, { mode: 0o600 });'],
  ["a mode as a text", "unsafe", "a.mjs", 'fs.writeFileSync("a.json", d, { mode: "600" });'],
  ["a mode that is not known", "none", "a.mjs", 'fs.writeFileSync("a.json", d, { mode: status.mode });'],
  [
    "a mode of a stream",
    "unsafe",
    "a.mjs",
    'import { pipeline } from "stream/promises";\nawait pipeline(body, fs.createWriteStream("a", { mode: 0o644 }));',
  ],
  ["a copy in an async function", "safe", "a.mjs", "export const f = async (a, b) => { await fsp.copyFile(a, b); };"],
  ["a copy that is returned by a plain function", "none", "a.mjs", "export const f = (a, b) => fsp.copyFile(a, b);"],
  [
    "a bare copy whose neighbours' names are taken",
    "none",
    "a.mjs",
    'import { copyFileSync } from "fs";\nconst statSync = 1;\ncopyFileSync(a, "b.json");',
  ],
  ["a copy of what may be of any size, not waited for", "unsafe", "a.mjs", "fs.copyFileSync(from, to);"],
  ["a copy of another module's function", "unsafe", "a.mjs", 'import fse from "fs-extra";\nawait fse.copyFile(a, b);'],
  ["a word of the command line", "unsafe", "a.mjs", "const [, , out] = process.argv;\nfs.writeFileSync(out, d);"],
  ["one of its words", "unsafe", "a.mjs", "const words = process.argv.slice(2);\nfs.writeFileSync(words[0] ?? p, d);"],
  [
    "an option of the command line",
    "unsafe",
    "a.mjs",
    'import { program } from "commander";\nconst { output } = program.opts();\nfs.writeFileSync(output, d);',
  ],
  ["what is below such a folder", "safe", "a.mjs", 'fs.writeFileSync(path.join(process.argv[2], "a.json"), d);'],
  ["an option of a function", "safe", "a.mjs", "export const f = (options) => fs.writeFileSync(options.output, d);"],
  ["a descriptor of an open file", "none", "a.mjs", "fs.writeFileSync(file || 1, d);"],
  [
    "a parameter that may be a descriptor",
    "none",
    "a.ts",
    "export function f(to: string | number) { fs.writeFileSync(to, d); }",
  ],
  ["a bare copy", "safe", "a.mjs", 'import { copyFileSync } from "fs";\ncopyFileSync(a, "b.json");'],
  [
    "a copy whose failure a chained handler takes",
    "unsafe",
    "a.mjs",
    "export const f = async (a, b) => { await fsp.copyFile(a, b).catch(() => 0); };",
  ],
  [
    "a copy that is returned from where its failure is not caught",
    "unsafe",
    "a.mjs",
    "export async function f(a, b) { try { return fsp.copyFile(a, b); } catch { return 0; } }",
  ],
  ["a copy that is returned", "safe", "a.mjs", "export async function f(a, b) { return fsp.copyFile(a, b); }"],
  ["a copy at the top", "safe", "a.mjs", 'await fsp.copyFile(a, "b.json");'],
  ["a copy at the top that is not awaited", "none", "a.mjs", 'fsp.copyFile(a, "b.json").catch(() => {});'],
  [
    "a copy in a field of a class",
    "none",
    "a.mjs",
    "async function f(a, b) { return class { done = fsp.copyFile(a, b).then(() => 1); }; }",
  ],
  ["a chained handler", "safe", "a.mjs", 'await fsp.writeFile("a.json", d).catch((error) => console.log(error));'],
  [
    "a chained handler that looks for a system's code",
    "unsafe",
    "a.mjs",
    'await fsp.writeFile("a.json", d).then(() => 1).catch((e) => { if (e.code !== "ENOENT") throw e; });',
  ],
  [
    "a chained handler that looks for it under another name",
    "unsafe",
    "a.mjs",
    "await fsp.writeFile('a.json', d).then(() => 1, ignore);\nfunction ignore(e) { if (!codes.has(e.code)) throw e; }",
  ],
  [
    "a handler that takes the code out",
    "unsafe",
    "a.mjs",
    'try { fs.writeFileSync("a.json", d); } catch ({ code }) { report(code); }',
  ],
  ["a name of a URL", "none", "a.mjs", 'const file = new URL("a.json", base);\nfs.writeFileSync(file, d);'],
  [
    "a parameter that may be a URL",
    "none",
    "a.ts",
    "export function f(file: string | URL, d: string) { fs.writeFileSync(file, d); }",
  ],
  [
    "the path of a URL",
    "safe",
    "a.mjs",
    'const file = fileURLToPath(new URL("a.json", base));\nfs.writeFileSync(file, d);',
  ],
  [
    "a pipeline from a function that makes the stream",
    "none",
    "a.mjs",
    'import { pipeline } from "stream/promises";\nasync function* rows() { yield "a"; }\nawait pipeline(rows, fs.createWriteStream("a.csv"));',
  ],
  [
    "a pipeline from what such a function has made",
    "safe",
    "a.mjs",
    'import { pipeline } from "stream/promises";\nasync function* rows() { yield "a"; }\nawait pipeline(rows(), fs.createWriteStream("a.csv"));',
  ],
  ...[
    ["a path", "safe", 'Path("a.json").write_text(d)'],
    ["what is below a path", "safe", '(folder / "a.json").write_text(d)'],
    ["a name of a path", "safe", 'p = base() / "a.json"\np.write_text(d)'],
    ["a parameter that is a path", "safe", "def f(p: Path, d):\n    p.write_text(d)"],
    [
      "a field that is a path",
      "safe",
      'class A:\n    def __init__(self):\n        self.p = Path("a")\n    def f(self, d):\n        self.p.write_text(d)',
    ],
    ["a listed path", "safe", 'for p in sorted(folder.glob("*.json")):\n    p.write_bytes(d)'],
    ["a function that says so", "safe", "def where() -> Path: ...\nwhere().write_text(d)"],
    ["something with a method of that name", "unsafe", "target.write_text(d)"],
    ["a parameter that may be anything", "unsafe", "def f(p, d):\n    p.write_text(d)"],
    ["a path that is opened", "safe", 'with Path("a.json").open("w") as f:\n    f.write(d)'],
    ["something that is opened", "unsafe", 'with target.open("w") as f:\n    f.write(d)'],
    ["another library's path", "unsafe", 'from upath import UPath as Path\n(base / "a").write_text(d)'],
    ["a path that is awaited", "none", 'async def f(d):\n    await Path("a.json").write_text(d)'],
    [
      "a message about the path",
      "safe",
      'with open(p, "w") as f:\n    print(f"writing {p}")\n    f.write(f"# {str(p)}")',
    ],
    ["a path that is in the content", "safe", 'with open(p, "w") as f:\n    json.dump({"path": str(p)}, f)'],
    [
      "the ending of a path",
      "safe",
      'with open(p, "w") as f:\n    if p.suffix == ".gz" or p.endswith("z"):\n        f.write(d)',
    ],
    [
      "an error about the path",
      "safe",
      'with open(p, "w") as f:\n    if not d:\n        raise ValueError(p)\n    f.write(d)',
    ],
    ["another file of the same folder", "safe", 'with open(p + ".json", "w") as f:\n    f.write(open(p).read())'],
    [
      "a sync of the file itself",
      "safe",
      'with open(p, "w") as f:\n    f.write(d)\n    f.flush()\n    os.fsync(f.fileno())',
    ],
    ["a mode given by the path", "unsafe", 'with open(p, "w") as f:\n    os.chmod(p, 0o600)\n    f.write(d)'],
    [
      "a path that a program reads",
      "unsafe",
      'with open(str(p), "w") as f:\n    f.write(d)\n    f.flush()\n    run(["cat", p])',
    ],
    [
      "the old content, read by another name",
      "unsafe",
      'with (a / "b").open("w") as f, open(a/"b") as g:\n    f.write(g.read())',
    ],
    ["a path kept for later", "unsafe", 'with open(p, "w") as f:\n    q = p\n    os.chmod(q, 0o600)\n    f.write(d)'],
    [
      "a path looked at before the file is closed",
      "unsafe",
      'f = open(p, "w")\nf.write(d)\nos.chmod(p, 0o600)\nf.close()',
    ],
    [
      "an archive looked at before it is closed",
      "unsafe",
      'from zipfile import ZipFile\nwith ZipFile(p, "w") as z:\n    z.writestr("a", d)\n    os.chmod(p, 0o600)',
    ],
    [
      "the name of the handle",
      "unsafe",
      'def f(p, d):\n    with open(p, "w") as h:\n        h.write(d)\n    return h.name',
    ],
    ["the number of the handle", "unsafe", 'with open(p, "w") as f:\n    f.write(d)\n    hand_over(f.fileno())'],
    ["a handle that is locked", "none", 'with open(p, "w") as f:\n    fcntl.flock(f, fcntl.LOCK_EX)\n    f.write(d)'],
    [
      "a locked handle's number",
      "none",
      'with open(p, "w") as f:\n    msvcrt.locking(f.fileno(), 1, 1)\n    f.write(d)',
    ],
    ["a handle that is locked and closed", "none", 'f = open(p, "w")\nportalocker.lock(f, 2)\nf.write(d)\nf.close()'],
    ["a path that is opened and locked", "none", 'with Path("a").open("w") as f:\n    lock_file(f)\n    f.write(d)'],
    ["a handle whose blocks are written", "safe", 'with open(p, "w") as f:\n    write_blocks(f)'],
  ].map(([title = "", verdict, text = ""]) => [title, verdict as Verdict, "a.py", text] as const),
  ["a command", "safe", "a.sh", 'echo hi > "$f"'],
  ["a download", "safe", "a.sh", 'curl -fsSLo "$f" https://example.org/x || exit 1'],
  ["a download by wget", "safe", "a.sh", 'wget -qO "$f" https://example.org/x'],
  ["a download whose status is printed", "none", "a.sh", 'curl -s -o "$f" -w "%{http_code}" https://example.org/x'],
  ["a download that goes on where it ended", "none", "a.sh", 'curl -C - -o "$f" https://example.org/x'],
  ["a download as another user", "none", "a.sh", 'sudo curl -o "$f" https://example.org/x'],
  ["a download in the background", "unsafe", "a.sh", 'curl -o "$f" https://example.org/x &'],
  ["a word that is split", "safe", "a.sh", "echo hi > $dir/$f"],
  ["a word that may stand for several files", "none", "a.sh", "echo hi > state*.json"],
  ["words of an array", "none", "a.sh", 'echo hi > "${files[@]}"'],
  ["backquotes", "safe", "a.sh", "echo hi > `cat name`.json"],
  ["backquotes with quotes", "none", "a.sh", 'echo hi > `cat "my name"`.json'],
  ["a command in the background", "unsafe", "a.sh", "sleep 9 > a.json &"],
  ["the last of a list", "safe", "a.sh", "cd x && echo hi > a.json"],
  ["a command of the program's other files", "unsafe", "a.sh", ". ./library.sh\nsettings > a.json"],
  ["a well-known command beside other files", "safe", "a.sh", ". ./library.sh\necho > a.json"],
  ...[
    "pushd x",
    "trap x EXIT",
    "exec x",
    "read -r x",
    "declare x=1",
    "command cd x",
    "time ls",
    "wait 1",
    "exit 1",
  ].map(
    (command) => [`what only the shell itself can do (${command})`, "none", "a.sh", `${command} > "a.json"`] as const,
  ),
];

for (const [title, verdict, name, text] of cases) {
  test(`${title}: ${verdict}`, async (context) => {
    const imports = name.endsWith(".py")
      ? "#!/usr/bin/env python3\n"
      : name.endsWith(".sh")
        ? ""
        : 'import fs from "fs";\nimport fsp from "fs/promises";\n';
    const plan = await planFixes(project(context, { [name]: `${imports}${text}\n` }), { rules: ["non-atomic-write"] });
    const expected = { safe: [1, 0, 0], unsafe: [0, 1, 0], none: [0, 0, 1] }[verdict];
    assert.deepEqual([plan.fixed, plan.unsafe, plan.left], expected);
    const after = plan.files.find((file) => file.path === name)?.after;
    if (after !== undefined && name.endsWith(".mjs")) assert.equal(syntaxErrors(after), "");
  });
}
