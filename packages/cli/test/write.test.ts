import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, folderFor, namesIn, shell, untorn } from "./binary.ts";

const etagOf = (text: string): string => createHash("sha256").update(text).digest("hex");

test("standard input replaces the file, silently; --json prints the receipt", (t) => {
  const cwd = folderFor(t);
  assert.deepEqual(untorn(["write", "f"], { cwd, input: "one" }), { status: 0, signal: null, stdout: "", stderr: "" });
  const { status, stdout } = untorn(["write", "f", "--json"], { cwd, input: "two" });
  const receipt = JSON.parse(stdout) as Record<string, unknown>;
  assert.equal(status, 0);
  assert.deepEqual([receipt["bytes"], receipt["etag"], receipt["created"]], [3, etagOf("two"), false]);
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "two");
  assert.deepEqual(namesIn(cwd), ["f"]);
});

test("a file may be rewritten from itself", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "b\na\n");
  assert.equal(shell("sort f | $U write f && $U write f < f", { cwd }).status, 0);
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "a\nb\n");
});

test("empty content is refused unless it is allowed", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "old");
  const refused = untorn(["write", "f"], { cwd });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /empty.*unchanged.*--allow-empty/);
  assert.equal(untorn(["write", "f", "--", "true"], { cwd }).status, 1);
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "old");
  assert.deepEqual(namesIn(cwd), ["f"]);
  assert.equal(untorn(["write", "f", "--allow-empty"], { cwd }).status, 0);
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "");
});

test("a command's output replaces the file only if the command exits with 0", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "old");
  const refusals: [script: string, reason: RegExp][] = [
    ["echo half; exit 7", /`sh` ended with exit status 7/],
    ["echo half; kill -KILL $$", /`sh` was ended by SIGKILL/],
    ["echo half; kill -TERM $$", /`sh` was ended by SIGTERM/],
  ];
  for (const [script, reason] of refusals) {
    const { status, stderr } = untorn(["write", "f", "--", "sh", "-c", script], { cwd });
    assert.equal(status, 1);
    assert.match(stderr, reason);
  }
  const missing = untorn(["write", "f", "--json", "--", "no-such-program-here"], { cwd });
  assert.equal(missing.status, 1);
  assert.equal(errorOf(missing).code, "UNTORN_SOURCE");
  assert.equal(errorOf(missing).outcome, "unchanged");
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "old");
  assert.deepEqual(namesIn(cwd), ["f"]);
  assert.equal(untorn(["write", "f", "--", "printf", "%s", "--json"], { cwd }).status, 0);
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "--json");
});

test("a command that reads standard input gets it", (t) => {
  const cwd = folderFor(t);
  assert.equal(untorn(["write", "f", "--", "tr", "a-z", "A-Z"], { cwd, input: "loud" }).status, 0);
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "LOUD");
});

test("a command is not even started where the file cannot be written", (t) => {
  const cwd = folderFor(t);
  mkdirSync(join(cwd, "folder"));
  writeFileSync(join(cwd, "f"), "old");
  const command = ["--", "sh", "-c", "touch started; echo new"];
  assert.equal(untorn(["write", "folder", ...command], { cwd }).status, 1);
  assert.equal(untorn(["write", "missing/f", ...command], { cwd }).status, 1);
  assert.equal(untorn(["write", "f", "--if-absent", ...command], { cwd }).status, 1);
  assert.equal(untorn(["write", "f", "--if-match", "0".repeat(64), ...command], { cwd }).status, 1);
  assert.ok(!existsSync(join(cwd, "started")));
});

test("--mode, --mkdir, --if-match, --if-absent, --skip-unchanged, --symlinks and --durability reach the library", (t) => {
  const cwd = folderFor(t);
  const write = (input: string, ...options: string[]) => {
    const ended = untorn(["write", ...options, "--json"], { cwd, input });
    return ended.status === 0
      ? (JSON.parse(ended.stdout) as { changed: boolean; synced: { file: string; directory: string } })
      : errorOf(ended).code;
  };
  const file = join(cwd, "a/b/f");
  assert.equal(write("1", "a/b/f"), "UNTORN_NOT_FOUND");
  assert.match(untorn(["write", "a/b/f"], { cwd, input: "1" }).stderr, /--mkdir/);
  assert.equal(typeof write("1", "a/b/f", "--mkdir", "--mode", "0640"), "object");
  assert.equal(statSync(file).mode & 0o7777, 0o640);
  assert.equal(write("2", "a/b/f", "--if-absent"), "UNTORN_EXISTS");
  assert.equal(write("2", "a/b/f", "--if-match", etagOf("x")), "UNTORN_CONFLICT");
  assert.equal(typeof write("2", "a/b/f", "--if-match", etagOf("1")), "object");
  assert.deepEqual(readFileSync(file, "utf8"), "2");
  const same = write("2", "a/b/f", "--skip-unchanged");
  assert.ok(typeof same === "object" && !same.changed);
  symlinkSync("f", join(cwd, "a/b/link"));
  assert.equal(write("3", "a/b/link", "--symlinks", "refuse"), "UNTORN_SYMLINK");
  const normal = write("3", "a/b/link", "--durability", "normal");
  assert.ok(typeof normal === "object" && normal.synced.directory === "off" && normal.synced.file === "synced");
  assert.equal(readFileSync(file, "utf8"), "3");
});

test("a large stream passes through in little memory", (t) => {
  if (process.platform !== "linux") return t.skip("reads the peak memory from /proc");
  const cwd = folderFor(t);
  const bytes = 256 * 1024 * 1024;
  const script = `head -c ${bytes} /dev/zero; grep VmHWM /proc/$PPID/status >&2`;
  const { status, stderr } = untorn(["write", "f", "--durability", "off", "--", "sh", "-c", script], { cwd });
  assert.equal(status, 0, stderr);
  assert.equal(statSync(join(cwd, "f")).size, bytes);
  const peak = Number(/VmHWM:\s*(\d+) kB/.exec(stderr)?.[1]) * 1024;
  assert.ok(peak < 192 * 1024 * 1024, `peak memory was ${peak} bytes`);
});

test("a receipt that nobody reads does not turn a finished write into a failure", (t) => {
  const cwd = folderFor(t);
  const { stdout } = shell("{ echo new | $U write f --json; echo $? >&3; } 3>status | true; cat status f", { cwd });
  assert.equal(stdout, "0\nnew\n");
});
