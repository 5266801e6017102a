import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chownSync } from "node:fs";
import { test } from "node:test";
import { applyFiles, planFixes, toChanges } from "../../src/fix/index.ts";
import { project } from "../project.ts";
import { tree } from "../tree.ts";

interface Case {
  readonly title: string;
  readonly script: readonly string[];
  /** Runs before the script. */
  readonly setup?: string;
  readonly words?: readonly string[];
  readonly shell?: string;
  /** Run without the rights of root. */
  readonly user?: boolean;
  /** What root does before that. */
  readonly asRoot?: string;
  /** What a fix that was wrong would not have printed. */
  readonly prints?: string;
}

const long = "n".repeat(240);

// Each script is run as it is and with its safe fixes, and must leave the same files, say the same and end the same.
const cases: readonly Case[] = [
  {
    title: "a redirect behind pipelines is its own command's",
    script: [
      "df -h | grep -c zzz | awk '{print $1}'",
      "",
      "# next",
      "x=$(printf 'a\\nb\\n' | grep b | wc -l)",
      "echo a | tr a b",
      'echo "$x" > count.txt',
      "cat count.txt",
    ],
    prints: "0\nb\n1\n",
  },
  {
    title: "a redirect of a condition behind pipelines is its own command's",
    script: [
      "grep -v x in | tr a-z A-Z | head -n 1",
      "printf '1 2\\n' | awk '{print $2}' # | x > y",
      "cat in \\",
      "  in",
      "if echo hi > said.txt; then cat said.txt; fi",
      "sort in > sorted.txt",
    ],
    setup: "printf 'b\na\n' > in",
    prints: "B\n2\nb\na\nb\na\nhi\n",
  },
  {
    title: "words behind the target are the command's",
    script: [`printf '%s\\n' > f "$1" "$2"`, "sort > g -r in", 'echo > h "a b"; cat f g h'],
    setup: "printf 'a\\nb\\n' > in",
    words: ["p", "q"],
    prints: "p\nq\nb\na\na b\n",
  },
  {
    title: "a copy to a pipe, to a device, from a pipe and from standard input",
    script: [
      "umask 022",
      'cp src "$1"',
      "until [ -s got ]; do sleep 0.05; done",
      "[ -p pipe ] && echo still",
      'cp src "$2"',
      "cp <(echo hi) one",
      "echo ho | cp /dev/stdin two",
      "cat one two",
    ],
    setup: "mkfifo pipe; echo data > src; exec > /dev/null 2>&1; timeout 20 cat pipe > got &",
    words: ["pipe", "/dev/null"],
    prints: "still\nhi\nho\n",
  },
  {
    title: "a copy of what a link leads to is as private as that",
    script: ["umask 022", "cp key.link new", "cp key.link old", 'cp -- -dash "$1"'],
    setup:
      "umask 077; echo secret > key; ln -s key key.link; umask 022; echo o > old; chmod 640 old; echo dash > ./-dash",
    words: ["-copy"],
  },
  {
    title: "a queue that is worked off",
    script: [
      "set -e",
      "n=0",
      "while [ -s todo ] && [ $n -lt 5 ]; do",
      "  n=$((n + 1))",
      "  head -n 1 todo",
      "  tail -n +2 todo > todo.next",
      "  cp todo.next todo",
      "done",
      'rest="$(sed 1d two)"',
      'grep x <<< "$rest" | sort > two',
      "awk 'NR > 9' in > three",
      "comm -12 in todo > four",
      "cat < todo > five",
      "while read -r x; do echo $x; done < todo | sort > six",
      "git -C . diff --no-index todo todo > seven",
    ],
    setup: "printf 'a\\nb\\n' | tee todo two in > three; cp three four; cp three five; cp three six; cp three seven",
    prints: "a\nb\n",
  },
  {
    title: "functions by the names of programs",
    script: [
      'sync() { echo "sync $*"; }',
      'mv() { echo "mv $*"; }',
      "stat() { echo stat; }",
      "readlink() { echo other; }",
      'chmod() { echo "chmod $*"; }',
      "tr() { echo tr; }",
      "echo 1 > state",
      "echo 2 > link",
      "cp state copy",
      "cat state link copy",
    ],
    setup: "echo 0 > state; ln -s target link",
    prints: "1\n2\n1\n",
  },
  {
    title: "what must not be overwritten, but by `>|`",
    script: ['save() { echo "$1" >| state; }', "set -C", "save a", "save b", "cat state"],
    prints: "b\n",
  },
  {
    title: "functions that other shells inherit",
    script: [
      'work() { echo "data $1" > "out_$1"; cp "out_$1" "copy_$1"; }',
      "export -f work",
      "printf '%s\\n' a b | xargs -I{} bash -c 'work {}'",
    ],
  },
  {
    title: "standard output by its name, for a file, a pipe and a descriptor",
    script: ["echo start", 'seq 2 > "$1"', 'cp in "$1"', "exec 3>&1", 'echo three > "$2"', "echo end"],
    setup: "echo in > in",
    words: ["/dev/stdout", "/dev/fd/3"],
    prints: "start\n1\n2\nin\nthree\nend\n",
  },
  {
    title: "a descriptor of a file by its name",
    script: ["exec 3> kept", 'echo one > "$1"', "echo two >> kept", 'cp in "$1"', "echo three >> kept"],
    setup: "echo in > in",
    words: ["/dev/fd/3"],
  },
  {
    title: "options of a copy where words are split at other places",
    script: ["IFS=$'\\n\\t'", "cp -p -f in a", "IFS=-", "cp -p in b", "ls -l in a b | cut -c 1-10"],
    setup: "echo in > in; chmod 640 in; echo a > a",
  },
  {
    title: "names like options, long names and ends of lines",
    script: ['echo x > "$1"', 'echo y > "$2"', 'echo z > "$3"', "ls -A | wc -l"],
    words: ["-foo", long, "nl\n"],
  },
  {
    title: "names like options, and long ones, in sh",
    shell: "sh",
    script: ['echo x > "$1"', 'echo y > "$2"', 'cp "$2" "$3"'],
    words: ["-foo", long, `x${long}`],
  },
  {
    title: "a default in double quotes",
    script: ['echo x > ${CONF:-"a b"}', "echo y > ${CONF:-plain}"],
  },
  {
    title: "a trap for errors runs once",
    script: ["set -E", "trap 'echo failed' ERR", "echo ok > a", "sh -c 'exit 3' > f", "echo end > f"],
    prints: "failed\n",
  },
  {
    title: "a copy by force, a folder that cannot be written to, a file that cannot",
    user: true,
    script: [
      "cp -f src ro",
      "cat ro",
      "echo new > d/f",
      "cp src d/g",
      "cat d/f d/g",
      "echo no > closed",
      "echo $?",
      "chmod 755 d",
    ],
    setup:
      "echo n > src; echo o > ro; chmod 444 ro; mkdir d; echo o > d/f; echo o > d/g; chmod 555 d; echo o > closed; chmod 444 closed",
    prints: "n\nnew\nn\n1\n",
  },
  {
    title: "somebody else's file stays theirs",
    user: true,
    asRoot: "echo o > theirs; echo o > copied; chmod 666 theirs copied",
    script: ["echo new > theirs", "cp src copied", "cat theirs copied", "ls -ln theirs copied | cut -d' ' -f1-4"],
    setup: "echo n > src",
  },
  {
    title: "an error of `cp` is that of `cp`",
    script: [
      "cp src src",
      "echo $?",
      "cp none a",
      "echo $?",
      "cp d a",
      "echo $?",
      "cp src none/",
      "echo $?",
      "cp src link",
      "echo $?",
    ],
    setup: "echo n > src; mkdir d; ln -s nowhere link",
  },
];

const bash = spawnSync("bash", ["-c", ""], { stdio: "ignore" }).error === undefined;

for (const one of cases) {
  const skip = bash ? false : "bash is not installed";
  test(`fixed and run: ${one.title}`, { skip, timeout: 60_000 }, async (context) => {
    const text = `#!/usr/bin/env ${one.shell ?? "bash"}\n${one.script.join("\n")}\n`;
    const [before, after] = [project(context, { "s.sh": text }), project(context, { "s.sh": text })];
    const plan = await planFixes(after, { rules: ["non-atomic-write"] });
    assert.ok(plan.fixed > 0);
    assert.deepEqual([plan.unsafe, plan.left], [0, 0]);
    await applyFiles(after, toChanges(plan.files));
    const [expected, got] = [outcome(before, one), outcome(after, one)];
    assert.deepEqual({ ...got, stderr: "" }, { ...expected, stderr: "" }, got.stderr);
    if (one.prints !== undefined) assert.equal(got.stdout, one.prints, got.stderr);
  });
}

/** What a script that lies in a folder leaves there, says and returns. */
function outcome(folder: string, { setup = ":", asRoot = ":", words = [], shell = "bash", user = false }: Case) {
  const root = process.getuid?.() === 0;
  const rights = user && root ? { uid: 65_534, gid: 65_534 } : {};
  if (user && root) chownSync(folder, 65_534, 65_534);
  const options = { cwd: folder, env: { ...process.env, LC_ALL: "C" }, encoding: "utf8", timeout: 30_000 } as const;
  spawnSync("bash", ["-c", setup], { ...options, ...rights });
  spawnSync("bash", ["-c", asRoot], options);
  // Standard output by its name is a pipe here; what Node makes is a socket, which cannot be opened.
  const piped = ["-o", "pipefail", "-c", '"$0" s.sh "$@" | cat', shell, ...words];
  const { status, stdout, stderr } = spawnSync("bash", piped, { ...options, ...rights });
  return { status, stdout, stderr, files: tree(folder, new Set(["s.sh"])) };
}
