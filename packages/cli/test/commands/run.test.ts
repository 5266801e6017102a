import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, folderFor, namesIn, shell, untorn } from "../binary.ts";

test("a run from init to the end of a plan, by commands", (t) => {
  const cwd = folderFor(t);
  assert.match(untorn(["run", "init", "A title"], { cwd }).stdout, /^made \.long-run\/STATE\.md\n/);
  writeFileSync(join(cwd, ".long-run/plans/01-PLAN.md"), "- [ ] a\n- [ ] b\n");
  writeFileSync(join(cwd, ".long-run/plans/02-PLAN.md"), "- [ ] a\n");
  assert.equal(untorn(["run", "plan", "start", "02"], { cwd }).status, 1);
  assert.equal(untorn(["run", "plan", "start", "01"], { cwd }).status, 0);
  const id = untorn(["run", "agent", "spawn", "does a", "--plan", "01", "--segment", "1"], { cwd }).stdout.trim();
  assert.match(id, /^[0-9a-f]{7}$/);
  const data = '{"note": "& \\n", "id": 12345678901234567891}';
  const saved = untorn(["run", "checkpoint", "save", "01", "1", "--data", data, "--json"], { cwd });
  assert.equal((JSON.parse(saved.stdout) as { note: string }).note, "& \n", saved.stderr);
  assert.match(saved.stdout, /"id":12345678901234567891[,}]/);
  for (const how of [[], ["--json"]]) {
    assert.match(untorn(["run", "checkpoint", "show", ...how], { cwd }).stdout, /"id": ?12345678901234567891[,}\n]/);
  }
  assert.match(readFileSync(join(cwd, ".long-run/checkpoint.json"), "utf8"), /"id": 12345678901234567891/);
  const own = untorn(["run", "checkpoint", "save", "01", "1", "--data", '{"status":"completed"}'], { cwd });
  assert.deepEqual([own.status, /'status' cannot be set as a further member/.test(own.stderr)], [2, true]);
  assert.match(
    untorn(["run", "status"], { cwd }).stdout,
    /nobody runs it\nspawned: .*does a.*\nnow {4}01\nlater {2}02\nnext: Go on with plan 01 at task 2/,
  );
  const resumed = untorn(["run", "resume"], { cwd }).stdout;
  assert.match(
    resumed,
    new RegExp(`was running, now interrupted: ${id} .*\\nfinished: no plan yet\\nnext: Go on with plan 01 at task 2`),
  );
  const completed = shell("echo '# Said & done' | $U run plan complete 01 --summary -", { cwd });
  assert.equal(completed.stdout, ".long-run/summaries/01-SUMMARY.md\n");
  assert.match(readFileSync(join(cwd, ".long-run/summaries/01-SUMMARY.md"), "utf8"), /# Said & done/);
  assert.equal(untorn(["run", "issue", "add", "--", "-x is slow"], { cwd }).stdout, "ISS-001\n");
  assert.equal(untorn(["run", "clarify", "add", "Why?", "Because."], { cwd }).stdout, "CL-001\n");
  assert.deepEqual(JSON.parse(untorn(["run", "checkpoint", "show", "--json"], { cwd }).stdout).status, "completed");
});

test("a lease keeps others out until it is released, and names who has it", (t) => {
  const cwd = folderFor(t);
  mkdirSync(join(cwd, ".planning/phases/01-x"), { recursive: true });
  writeFileSync(join(cwd, ".planning/phases/01-x/01-01-PLAN.md"), "x\n");
  const said = untorn(["run", "resume", "--lease", "600"], { cwd }).stdout;
  const fence = /^fence (\d+): /m.exec(said)?.[1] ?? "";
  const refused = untorn(["run", "plan", "start", "01-01", "--json"], { cwd });
  assert.deepEqual([refused.status, errorOf(refused).code], [1, "UNTORN_LOCKED"]);
  assert.match(errorOf(refused).message, new RegExp(`has an executor: whoever took it on .*--fence ${fence}`));
  const late = untorn(["run", "plan", "start", "01-01", "--fence", "0", "--json"], { cwd });
  assert.equal(errorOf(late).code, "UNTORN_FENCED");
  assert.equal(shell(`UNTORN_FENCE=${fence} $U run plan start 01-01`, { cwd }).status, 0);
  assert.equal(untorn(["run", "release", "--fence", fence], { cwd }).status, 0);
  assert.equal(untorn(["run", "checkpoint", "save", "01-01", "1"], { cwd }).status, 0);
});

test("drive does every task by a command, stops at one that fails, and goes on from there", (t) => {
  const cwd = folderFor(t);
  untorn(["run", "init"], { cwd });
  writeFileSync(join(cwd, ".long-run/plans/01-PLAN.md"), "- [ ] a\n- [ ] b\n");
  const script = 'echo "$UNTORN_PLAN/$UNTORN_TASK" >> done.txt; [ "$UNTORN_TASK" = 1 ] || [ -e allowed ]';
  const failed = untorn(["run", "drive", "--", "sh", "-c", script], { cwd });
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /the agent of task 2 failed 3 times; the last one ended with status 1/);
  writeFileSync(join(cwd, "allowed"), "");
  assert.equal(untorn(["run", "drive", "--", "sh", "-c", script], { cwd }).stdout, "completed 01\n");
  assert.equal(readFileSync(join(cwd, "done.txt"), "utf8"), "01/1\n01/2\n01/2\n01/2\n01/2\n");
  assert.match(untorn(["run", "status"], { cwd }).stdout, /nobody runs it\ndone {3}01\nnext: Every plan is complete\./);
});

test("untorn rebuild reports, and with --apply does it", (t) => {
  const cwd = folderFor(t);
  mkdirSync(join(cwd, ".planning/phases/02-x"), { recursive: true });
  writeFileSync(join(cwd, ".planning/phases/02-x/02-01-SUMMARY.md"), "---\ncompleted: 2026-01-02\n---\n\n# Two\n");
  const dry = untorn(["rebuild"], { cwd });
  assert.equal(dry.status, 1);
  assert.match(dry.stdout, /to change {2}checkpoint\.json: plan 02-01 is complete/);
  assert.deepEqual(
    namesIn(join(cwd, ".planning")).filter((name) => !name.startsWith(".")),
    ["phases"],
  );
  const report = JSON.parse(untorn(["rebuild", ".planning", "--apply", "--json"], { cwd }).stdout) as {
    changes: { file: string }[];
  };
  assert.deepEqual(
    report.changes.map(({ file }) => file),
    ["agent-history.json", "checkpoint.json", "STATE.md"],
  );
  assert.match(untorn(["rebuild"], { cwd }).stdout, /nothing to change/);
  assert.equal(untorn(["rebuild", "no-such-folder"], { cwd }).status, 1);
});

test("what a command line lacks is said", (t) => {
  const cwd = folderFor(t);
  for (const [args, said] of [
    [["run"], /ACTION is missing/],
    [["run", "agnt"], /There is no action 'agnt'/],
    [["run", "agent", "spwn"], /It takes agent spawn, agent complete, agent fail/],
    [["run", "plan", "start"], /PLAN is missing/],
    [["run", "status", "x"], /one argument too many/],
    [["run", "status", "--fence", "x"], /--fence takes a whole number/],
    [["run", "checkpoint", "save", "1", "1", "--data", "[]"], /--data takes one JSON object/],
    [["run", "drive"], /COMMAND is missing/],
    [["run", "status", "--id", "x"], /status takes no --id/],
    [["run", "agent", "complete", "a", "--plan", "01"], /agent complete takes no --plan/],
    [["run", "release"], /--fence is missing/],
  ] as const) {
    const { status, stderr } = untorn(args, { cwd });
    assert.equal(status, 2, args.join(" "));
    assert.match(stderr, said);
  }
  assert.equal(errorOf(untorn(["run", "status", "--json"], { cwd })).code, "UNTORN_NOT_FOUND");
  writeFileSync(join(cwd, "latin"), Buffer.from("caf\xe9", "latin1"));
  assert.match(
    untorn(["run", "plan", "complete", "1", "--summary", "latin"], { cwd }).stderr,
    /latin: it is not UTF-8 text/,
  );
});

test("a place that is somebody else's, or nobody's, is not given up in silence", (t) => {
  const cwd = folderFor(t);
  untorn(["run", "init"], { cwd });
  const release = (fence: string) => untorn(["run", "release", "--fence", fence, "--json"], { cwd });
  assert.equal(errorOf(release("5")).code, "UNTORN_FENCED");
  const { fence } = JSON.parse(untorn(["run", "resume", "--json"], { cwd }).stdout) as { fence: number | null };
  if (fence !== null) {
    assert.equal(errorOf(release(String(fence + 1))).code, "UNTORN_FENCED");
    assert.equal(release(String(fence)).status, 0);
  }
});
