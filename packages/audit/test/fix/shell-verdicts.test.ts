import assert from "node:assert/strict";
import { test } from "node:test";
import { planFixes } from "../../src/fix/index.ts";
import { audit } from "../../src/index.ts";
import { project } from "../project.ts";

type Verdict = "safe" | "unsafe" | "none";

const report = "./check > report.txt";

// What the fix of the first write of a script is; what is safe is run in shell-behaviour.test.ts.
const cases: readonly (readonly [string, Verdict, string])[] = [
  ["a target of which the grammar sees a part", "none", "echo hi > $1/$2"],
  ["a target behind quotes of which it sees a part", "none", 'echo hi > "$a"/$1.json'],
  ["a download to such a target", "none", "curl -fsS -o $1/$2 https://example.org/x"],
  ["a copy to such a target", "none", "cp a.json $1/$2"],
  ["a default that is a home", "none", "whoami > ${CONF:-~/.conf}"],
  ["a default in quotes", "none", "whoami > ${CONF:-'a b'}"],
  ["a default with a pattern", "none", "whoami > ${CONF:-*.conf}"],
  ["a file that must not be there yet", "none", "save() { echo $$ > lock; }\nset -eu -o noclobber\nsave"],
  ["a file that must not be there yet, by the first line", "none", "#!/bin/bash -C\nsave() { echo $$ > lock; }\nsave"],
  ["a variable that is printed to", "none", 'printf -v name "%s" hi > state'],
  ["a word that stands for a command", "unsafe", "shopt -s expand_aliases\nalias ll='ls -1'\nll > state"],

  ["a file that is locked on a descriptor", "unsafe", 'exec 9>>"$PID"\nflock -n 9 || exit 1\necho $$ > "$PID"'],
  ["a file that is locked on a descriptor with a name", "unsafe", 'exec {fd}>>"$1"\nflock $fd\necho $$ > "${1}"'],
  ["a file that a group is locked with", "unsafe", '(\nflock -n 9\necho $$ > "$LOCK"\n) 9>>"$LOCK"'],
  ["a file that is locked by its name", "unsafe", "flock ./state.json ./work\necho 1 > state.json"],
  ["a file that is locked under another name", "unsafe", 'lock=run.pid\nexec 9>>"$lock"\nflock 9\necho $$ > run.pid'],
  ["a file that a function locks", "unsafe", 'lock() { exec 9>>"$1"; flock 9; }\nlock "$PID"\necho $$ > "$PID"'],
  ["a file that is open for what comes later", "unsafe", 'exec 3>> "$OUT"\necho first > "$OUT"\necho second >&3'],
  ["a file that is standard output from here on", "unsafe", 'exec >> "$OUT"\necho first > "$OUT"'],
  ["a file that a loop around it reads", "unsafe", 'while read -r x; do\n  echo "$x" > todo\ndone < todo'],
  ["a file in a loop that reads another", "safe", 'while read -r x; do\n  echo "$x" > todo\ndone < list'],
  ["a copy over a file that is locked", "unsafe", "exec 9>>state\nflock 9\ncp new.json state"],
  ["a file beside one that is locked", "safe", "exec 9>>.lock\nflock 9\necho 1 > state.json"],

  ["a log of the script's own output", "unsafe", "exec > >(cat > all.txt)\nwork"],
  ["a log at the end of a pipeline", "unsafe", "./work | tee >(gzip -c > all.gz)"],
  ["a log that a function keeps", "unsafe", "keep() { cat > all.txt; }\nexec > >(keep)\nwork"],

  ["a report of a program whose status is kept", "unsafe", `${report}; rc=$?\ncat report.txt`],
  ["a report of a program whose status is kept behind ||", "unsafe", `${report} || rc=$?`],
  ["a report of a program whose status is asked for", "unsafe", `${report}\nif [ $? -ne 0 ]; then exit 1; fi`],
  ["a report that the other branch shows", "unsafe", `if ${report}; then echo fine; else cat report.txt; exit 1; fi`],
  ["a report that the negated branch shows", "unsafe", `if ! ${report}; then cat report.txt; exit 1; fi`],
  ["a report that is shown before the end", "unsafe", `${report} || { cat report.txt; exit 1; }`],
  ["a report whose failure is nothing", "unsafe", `if ${report}; then echo fine; fi`],
  ["a report whose failure is nothing behind a here-document", "unsafe", `${report} << EOF || true\ny\nEOF`],
  ["a report of a function whose failure is nothing", "unsafe", `run() {\n  ${report}\n}\nrun || true`],
  ["a report of a group whose failure is nothing", "unsafe", `(cd x && ${report}) || true`],
  ["a report that is asked for again and again", "unsafe", `until ${report}; do sleep 1; done`],
  ["a list whose failure is nothing", "unsafe", `${report} && echo fine || echo bad`],
  ["a command whose failure ends the script", "safe", "if ./make-it > state; then echo fine; else exit 1; fi"],
  ["a command whose failure ends the function", "safe", "if ! ./make-it > state; then echo bad; return 1; fi"],
  ["a command whose file is made anew when it fails", "safe", "./make-it > state || echo '{}' > state"],
  [
    "a command whose failure a function ends on",
    "safe",
    'oops() { echo "$1"; exit 1; }\n./make-it > state || oops bad',
  ],
  [
    "a command whose failure is told with the name of its file",
    "safe",
    './make-it > "$f" || { echo "no $f"; exit 1; }',
  ],
  ["a report whose text is told", "unsafe", './check > "$f" || { echo "$(tail "$f")"; exit 1; }'],
  ["a text whose failure is nothing", "safe", "echo hi > state || true"],
  ["a text whose status is kept", "safe", "cat > state << EOF\ny\nEOF\nrc=$?"],
  ["a status that is another's", "safe", "./make-it > state\nls x || echo $?"],

  [
    "functions whose text is sent elsewhere",
    "unsafe",
    'work() { echo 1 > state; }\nssh host "$(declare -f work); work"',
  ],
  ["functions that are asked for", "safe", "work() { echo 1 > state; }\ndeclare -f other > /dev/null || work"],
  ["a payload behind the script", "unsafe", 'tail -n +6 "$0" | tar xz\necho 1 > state'],
  [
    "a help text in its comments",
    "unsafe",
    "self=$(readlink -f \"${BASH_SOURCE[0]}\")\ngrep '^#' < $self\necho 1 > state",
  ],
  ["a script that reads itself line by line", "unsafe", 'while read -r line; do echo; done < "$0"\necho 1 > state'],
  ["a script with programs in quotes", "safe", "sed s/'a$0'/\"\\$0\"/g a | awk -v x='$0' '{print $0}'\necho 1 > state"],
  ["a script that knows its folder", "safe", 'cat "$(dirname "$0")/usage.txt"\nawk \'{print $0}\' a\necho 1 > state'],

  ["a group in the background", "unsafe", "{ ./serve > state; } &"],
  ["a function in the background", "unsafe", "serve() {\n  ./serve > state\n}\nmain() { serve; }\nmain &"],
  ["a text in a group in the background", "safe", "{ echo 1 > state; sleep 9; } &"],
  ["a list of a folder", "unsafe", "ls -A > state"],
  ["a list of a folder, sorted", "unsafe", "find . -type f | sort > state"],
];

for (const [title, verdict, text] of cases) {
  test(`shell, ${title}: ${verdict}`, async (context) => {
    const root = project(context, { "a.sh": `${text}\n` });
    const { findings } = await audit(root, { rules: ["non-atomic-write"] });
    const last = verdict === "safe" ? findings : findings.slice(0, 1);
    assert.ok(findings.length > 0);
    for (const { fix } of last) assert.equal(fix === null ? "none" : fix.safe ? "safe" : "unsafe", verdict);
  });
}

test("shell: what is not UTF-8 has no fix", async (context) => {
  const root = project(context, {});
  const { writeFileSync } = await import("node:fs");
  writeFileSync(`${root}/a.sh`, Buffer.from("echo \xe9 > state\n", "latin1"));
  const { findings } = await audit(root, { rules: ["non-atomic-write"] });
  assert.deepEqual(
    findings.map(({ fix }) => fix),
    [null],
  );
  const { fixed, left, notices } = await planFixes(root);
  assert.deepEqual([fixed, left], [0, 1]);
  assert.match(notices[0]?.reason ?? "", /is not UTF-8/);
});

test("shell: the functions of an earlier version are brought up to date", async (context) => {
  const files = { "a.sh": "#!/bin/sh\necho 1 > state\necho 2 > other\n" };
  const { files: first } = await planFixes(project(context, files));
  const after = first[0]?.after ?? "";
  const old = after
    .replace("untorn_commit() {", "untorn_before() {")
    .replace("untorn_write other echo 2", "echo 2 > other");
  const { files: second } = await planFixes(project(context, { "a.sh": old }));
  assert.notEqual(old, after);
  assert.equal(second[0]?.after, after);
});
