import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { binary, errorOf, folderFor, isRoot, namesIn, nobody, shell, start, untorn } from "./binary.ts";

const posix = process.platform !== "win32";

test("a file-size limit, or a full disk, leaves the old content and no temp, however long the producer goes on", (t) => {
  if (!posix) return t.skip("there is no ulimit on Windows");
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "old");
  const endless = "exec yes 2>/dev/null";
  for (const script of [`$U write f --json -- sh -c '${endless}'`, `(${endless}) | $U write f --json`]) {
    const ended = shell(`ulimit -f 64; ${script}`, { cwd });
    assert.equal(ended.status, 1);
    const error = errorOf(ended);
    assert.deepEqual([error.code, error.outcome], ["UNTORN_DISK_FULL", "unchanged"]);
    assert.equal(readFileSync(join(cwd, "f"), "utf8"), "old");
    assert.deepEqual(namesIn(cwd), ["f"]);
  }
});

test("a read-only folder is refused to an ordinary user, with a clear error", (t) => {
  if (!posix) return t.skip("modes of folders mean nothing on Windows");
  const cwd = folderFor(t);
  const folder = join(cwd, "folder");
  mkdirSync(folder);
  writeFileSync(join(folder, "f"), "old");
  if (isRoot) for (const path of [cwd, folder, join(folder, "f")]) chownSync(path, nobody, nobody);
  chmodSync(folder, 0o555);
  const user = isRoot ? { uid: nobody, gid: nobody } : {};
  if (untorn(["--version"], user).status !== 0) {
    chmodSync(folder, 0o755);
    return t.skip(`an ordinary user cannot read ${binary}`);
  }
  const ended = untorn(["write", "folder/f", "--json"], { cwd, input: "new", ...user });
  const read = untorn(["read", "folder/f"], { cwd, ...user });
  chmodSync(folder, 0o755);
  assert.equal(ended.status, 1);
  assert.deepEqual([errorOf(ended).code, errorOf(ended).outcome], ["UNTORN_PERMISSION", "unchanged"]);
  assert.equal(read.stdout, "old");
  assert.deepEqual(namesIn(folder), ["f"]);
  const allowed = untorn(["write", "folder/f"], { cwd, input: "new", ...user });
  assert.deepEqual([allowed.status, readFileSync(join(folder, "f"), "utf8")], [0, "new"]);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  for (const source of ["standard input", "a command"]) {
    test(
      `${signal} while ${source} is read leaves the old content, no temp and no child`,
      { timeout: 30_000 },
      async (t) => {
        if (!posix) return t.skip("signals cannot be sent on Windows");
        const cwd = folderFor(t);
        writeFileSync(join(cwd, "f"), "old");
        const command = source === "a command" ? ["--", "sh", "-c", "echo new; exec sleep 60"] : [];
        const child = start(["write", "f", ...command], cwd);
        child.stdin?.write("new");
        const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
        await tempIn(cwd);
        // SIGINT goes to the whole job, as Ctrl-C does; SIGTERM to the one process, as kill does.
        process.kill(signal === "SIGINT" ? -(child.pid as number) : (child.pid as number), signal);
        // The streams close once nobody holds them any more: the command must be gone too.
        const [, by] = await ended;
        assert.equal(by, signal);
        assert.equal(readFileSync(join(cwd, "f"), "utf8"), "old");
        assert.deepEqual(namesIn(cwd), ["f"]);
      },
    );
  }
}

test("SIGKILL leaves the old content, and a temp that is recognisable", async (t) => {
  if (!posix) return t.skip("signals cannot be sent on Windows");
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "old");
  const child = start(["write", "f"], cwd);
  child.stdin?.write("new");
  const ended = once(child, "close");
  await tempIn(cwd);
  child.kill("SIGKILL");
  await ended;
  const [temp = "", ...rest] = namesIn(cwd);
  assert.match(temp, /^\.f\.untorn\..*\.tmp$/);
  assert.deepEqual(rest, ["f"]);
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "old");
});

/** Waits until the command has begun to write. */
async function tempIn(folder: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (namesIn(folder).some((name) => name.endsWith(".tmp"))) return;
    await delay(25);
  }
  throw new Error("the command did not begin to write within 10 seconds");
}

test(
  "an output that nobody reads is no reason to say that nothing was changed",
  { skip: process.platform === "win32" },
  (t) => {
    const cwd = folderFor(t);
    untorn(["project", "init"], { cwd });
    for (const command of [
      "json f.json .a=1 --create --json",
      "append f.jsonl --json",
      "item add --title x",
      "epic add --title x",
    ]) {
      // The reader has ended before anything is said.
      const { stderr } = shell(`{ sleep 0.2; echo '[1]' | $U ${command}; echo "status $?" >&2; } | true`, { cwd });
      assert.equal(stderr, "status 0\n", command);
    }
    assert.equal(readFileSync(join(cwd, "f.jsonl"), "utf8"), "[1]\n");
  },
);

test("an output that cannot be written is no reason to say that nothing was changed", (t) => {
  if (!existsSync("/dev/full")) return t.skip("there is no /dev/full here");
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "state.json"), '{"n":1}');
  const changed = shell("$U json state.json '.n += 1' --json > /dev/full", { cwd });
  assert.equal(changed.status, 3, changed.stderr);
  assert.match(changed.stderr, /could not be written \(ENOSPC\).*files were changed/);
  assert.equal(readFileSync(join(cwd, "state.json"), "utf8"), '{"n":2}');
  const tx = shell("echo 'write a.txt a' | $U tx --json > /dev/full", { cwd });
  assert.deepEqual([tx.status, readFileSync(join(cwd, "a.txt"), "utf8")], [3, "a"]);
  const read = shell("$U read state.json > /dev/full", { cwd });
  assert.deepEqual([read.status, read.stderr], [1, "untorn: standard output could not be written (ENOSPC).\n"]);
  untorn(["write", "state.json", "--generations", "3"], { cwd, input: '{"n":3}' });
  writeFileSync(join(cwd, "state.json"), "torn");
  const recovered = shell("$U recover --apply > /dev/full", { cwd });
  assert.deepEqual([recovered.status, readFileSync(join(cwd, "state.json"), "utf8")], [3, '{"n":2}'], recovered.stderr);
});
