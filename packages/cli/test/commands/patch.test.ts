import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, folderFor, shell, untorn } from "../binary.ts";

test("a patch by commands: stored, applied, taken back; what does not fit changes nothing", (t) => {
  const cwd = folderFor(t);
  const patch = (...args: string[]) => untorn(["patch", ...args], { cwd });
  writeFileSync(join(cwd, "f"), "one\ntwo\nthree\nfour\n");
  writeFileSync(join(cwd, "g"), "two\n");
  const made = shell(
    "cp f f.new && sed -i s/three/3/ f.new && diff -u f f.new | sed 's/f\\.new/f/' > p; $U patch create 'Three' p",
    { cwd },
  );
  assert.equal(made.stdout, "0001\n", made.stderr);
  assert.equal(patch("apply", "1").stdout, "f\n");
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "one\ntwo\n3\nfour\n");
  assert.match(patch("list").stdout, /^0001 {2}applied 2.* {2}Three\n$/);
  assert.equal(patch("revert", "1").status, 0);
  assert.equal(readFileSync(join(cwd, "f"), "utf8"), "one\ntwo\nthree\nfour\n");
  writeFileSync(join(cwd, "f"), "zero\none\ntwo\nthree\nfour\n");
  const refused = patch("apply", "1", "--json");
  assert.deepEqual([refused.status, errorOf(refused).code], [1, "UNTORN_CONFLICT"]);
  assert.match(
    patch("apply", "1", "--fuzz", "1").stdout,
    /a hunk at line 2: 1 lines from where the patch says, fuzz 0/,
  );
  assert.match(patch("show", "1").stdout, /^-three$/m);
  writeFileSync(join(cwd, "out"), "--- a/../f\n+++ b/../f\n@@ -1 +1 @@\n-one\n+two\n");
  assert.equal(errorOf(patch("create", "Out", "out", "--json")).code, "UNTORN_OUTSIDE");
  assert.equal(patch("--root", "none", "list").status, 1);
  for (const args of [
    ["aply"],
    ["apply"],
    ["create", "x"],
    ["apply", "1", "--fuzz", "4"],
    ["list", "x"],
    ["apply", "1", "2"],
    ["show", "1", "--fuzz", "1"],
  ]) {
    assert.equal(patch(...args).status, 2, args.join(" "));
  }
  const latin = Buffer.from("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-zero\n+caf\xe9\n", "latin1");
  writeFileSync(join(cwd, "latin"), latin);
  for (const file of ["latin", "-"]) {
    const { status, stderr } = untorn(["patch", "create", "x", file], { cwd, input: latin });
    assert.deepEqual([status, /is not UTF-8 text/.test(stderr)], [1, true], stderr);
  }
});
