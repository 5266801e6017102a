import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, folderFor, namesIn, shell, start, untorn } from "./binary.ts";

/** Waits, not for ever. */
async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 1_000, `${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("untorn lock holds the lock while the command runs, and ends as the command ended", (t) => {
  const cwd = folderFor(t);
  const inside = shell("$U lock state.json --purpose 'plan 01' -- $U locks --json", { cwd });
  const { locks, unread } = JSON.parse(inside.stdout) as {
    locks: { path: string; holders: { state: string; purpose: string }[] }[];
    unread: string[];
  };
  assert.deepEqual(unread, []);
  assert.equal(locks[0]?.path, join(cwd, "state.json"));
  assert.deepEqual([locks[0]?.holders[0]?.state, locks[0]?.holders[0]?.purpose], ["alive", "plan 01"]);
  assert.equal(untorn(["lock", "state.json", "--", "sh", "-c", "exit 42"], { cwd }).status, 42);
  assert.equal(untorn(["lock", "state.json", "--", "sh", "-c", "kill -TERM $$"], { cwd }).signal, "SIGTERM");
  assert.equal(untorn(["lock", "state.json", "--", "sh", "-c", "kill -USR1 $$"], { cwd }).status, 128 + 10);
  assert.equal(untorn(["lock", "state.json", "--", "./no-such-program"], { cwd }).status, 127);
  assert.deepEqual(namesIn(cwd), []);
  assert.equal(untorn(["locks"], { cwd }).stdout, "");
});

test("untorn lock names the holder it waited for in vain, and shared ones go together", (t) => {
  const cwd = folderFor(t);
  const inner = shell("$U lock f --purpose outer -- $U lock f --timeout 0.2 -- true", { cwd });
  assert.equal(inner.status, 1);
  assert.match(inner.stderr, /f: it is locked by process \d+, ".*untorn\.js lock f.*for "outer", which is alive/);
  assert.match(inner.stderr, /Wait longer for them \(--timeout\), or/);
  const asJson = shell("$U lock f -- $U lock f --json --timeout 0 -- true", { cwd });
  assert.equal(errorOf(asJson).code, "UNTORN_LOCKED");
  assert.equal(shell("$U lock f --shared -- $U lock f --shared --timeout 0 -- echo both", { cwd }).stdout, "both\n");
  for (const args of [
    ["lock", "f"],
    ["lock", "f", "--timeout", "soon", "--", "true"],
    ["lock", "--break", "f", "--", "true"],
  ]) {
    assert.equal(untorn(args, { cwd }).status, 2, args.join(" "));
  }
});

test("a signal goes to the command, and the lock is free afterwards", async (t) => {
  const cwd = folderFor(t);
  const holder = start(
    ["lock", "f", "--", "sh", "-c", "trap 'echo told; exit 7' TERM; touch up; while :; do sleep 0.05; done"],
    cwd,
  );
  await until("the command", () => existsSync(join(cwd, "up")));
  let told = "";
  holder.stdout?.on("data", (data) => (told += String(data)));
  holder.kill("SIGTERM");
  const [status] = (await once(holder, "close")) as [number];
  assert.deepEqual([status, told], [7, "told\n"]);
  assert.deepEqual(namesIn(cwd), ["up"]);
});

for (const signal of ["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGHUP"] as const) {
  test(`${signal} goes to the command, which keeps the lock, and does not end the one that holds it`, async (t) => {
    const cwd = folderFor(t);
    const short = signal.slice(3);
    const script = `trap 'touch told' ${short}; touch up; while [ ! -e go ]; do sleep 0.05; done; exit 7`;
    const holder = start(["lock", "f", "--", "sh", "-c", script], cwd);
    // Also the command, should it have been left alone: it has no end of its own.
    const group = -(holder.pid as number);
    assert.ok(group < -1, "a process group of its own");
    t.after(() => {
      try {
        process.kill(group, "SIGKILL");
      } catch {
        // It has ended, as it should.
      }
    });
    let said = "";
    holder.stderr?.on("data", (data) => (said += String(data)));
    await until("the command", () => existsSync(join(cwd, "up")));
    holder.kill(signal);
    await until("the signal", () => existsSync(join(cwd, "told")));
    assert.equal(untorn(["lock", "f", "--timeout", "0", "--", "true"], { cwd }).status, 1);
    writeFileSync(join(cwd, "go"), "");
    const [status] = (await once(holder, "close")) as [number];
    assert.deepEqual([status, said], [7, ""]);
  });
}

test("untorn locks of one file names its holders; of one that is not there it says so", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "");
  assert.deepEqual(untorn(["locks", "f"], { cwd }), { status: 0, signal: null, stdout: "", stderr: "" });
  // The one beside it is not asked for; a file that is locked need not be there.
  for (const name of ["f", "new"]) {
    const { stdout } = shell(`$U lock other -- $U lock ${name} --purpose mine -- $U locks ${name}`, { cwd });
    assert.match(stdout, new RegExp(`^\\S+/${name}\n {2}alive .*for "mine".*\n$`));
  }
  const absent = untorn(["locks", "nope"], { cwd });
  assert.deepEqual([absent.status, /nope: no such file or directory/.test(absent.stderr)], [1, true]);
});

test("--break takes the lock from a living holder, whose success then counts as uncertain", async (t) => {
  const cwd = folderFor(t);
  assert.equal(untorn(["lock", "--break", "f"], { cwd }).stdout, "nobody held the lock\n");
  const holder = start(
    ["lock", "f", "--purpose", "long", "--", "sh", "-c", "touch up; while [ ! -e go ]; do sleep 0.05; done"],
    cwd,
  );
  let said = "";
  holder.stderr?.on("data", (data) => (said += String(data)));
  await until("the command", () => existsSync(join(cwd, "up")));
  assert.match(untorn(["locks", "."], { cwd }).stdout, /f\n {2}alive {4}exclusive {2}pid \d+ .*for "long"/);
  assert.match(untorn(["lock", "--break", "f"], { cwd }).stdout, /^taken from: alive .*for "long"/);
  assert.equal(untorn(["lock", "f", "--timeout", "0", "--", "true"], { cwd }).status, 0);
  writeFileSync(join(cwd, "go"), "");
  const [status] = (await once(holder, "close")) as [number];
  assert.equal(status, 3);
  assert.match(said, /the lock was taken away/);
  assert.deepEqual(namesIn(cwd), ["go", "up"]);
});
