import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { binary, errorOf, folderFor, namesIn, shell, untorn } from "./binary.ts";

const etagOf = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

test("read prints every byte as it is", (t) => {
  const cwd = folderFor(t);
  const bytes = Buffer.alloc(
    3_000_000,
    Uint8Array.from({ length: 256 }, (_, index) => index),
  );
  writeFileSync(join(cwd, "f"), bytes);
  const { status, stdout } = spawnSync(process.execPath, [binary, "read", "f"], { cwd, maxBuffer: 8_000_000 });
  assert.equal(status, 0);
  assert.ok(bytes.equals(stdout));
});

test("read --json tells the etag that --if-match takes", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "content");
  const read = JSON.parse(untorn(["read", "f", "--json"], { cwd }).stdout) as Record<string, unknown>;
  assert.deepEqual([read["path"], read["bytes"], read["etag"]], [join(cwd, "f"), 7, etagOf("content")]);
  assert.equal(untorn(["write", "f", "--if-match", String(read["etag"])], { cwd, input: "next" }).status, 0);
});

test("read refuses what is missing, empty, NULs, or with --text not text, and prints nothing", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "empty"), "");
  writeFileSync(join(cwd, "nuls"), Buffer.alloc(4096));
  writeFileSync(join(cwd, "latin1"), Buffer.from("caf\u00e9", "latin1"));
  const codeOf = (...args: string[]): string => {
    const ended = untorn(["read", "--json", ...args], { cwd });
    assert.deepEqual([ended.status, ended.stdout], [1, ""]);
    return errorOf(ended).code;
  };
  assert.equal(codeOf("missing"), "UNTORN_NOT_FOUND");
  assert.equal(codeOf("."), "UNTORN_IS_DIRECTORY");
  assert.equal(codeOf("empty"), "UNTORN_CORRUPT");
  assert.equal(codeOf("nuls"), "UNTORN_CORRUPT");
  assert.equal(codeOf("latin1", "--text"), "UNTORN_CORRUPT");
  assert.equal(untorn(["read", "empty", "--allow-empty"], { cwd }).status, 0);
  assert.equal(untorn(["read", "latin1"], { cwd }).status, 0);
});

test("read ends quietly when its reader has seen enough", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "line\n".repeat(500_000));
  const { stdout, stderr } = shell("$U read f | head -n 1", { cwd });
  assert.deepEqual({ stdout, stderr }, { stdout: "line\n", stderr: "" });
});

test("remove removes what it was told to, and says what it did", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "f"), "content");
  assert.equal(errorOf(untorn(["remove", "f", "--if-match", etagOf("x"), "--json"], { cwd })).code, "UNTORN_CONFLICT");
  assert.ok(existsSync(join(cwd, "f")));
  const removed = untorn(["remove", "f", "--if-match", etagOf("content"), "--json"], { cwd });
  assert.deepEqual([removed.status, (JSON.parse(removed.stdout) as { changed: boolean }).changed], [0, true]);
  assert.deepEqual(namesIn(cwd), []);
  assert.equal(untorn(["remove", "f"], { cwd }).status, 1);
  assert.equal(untorn(["remove", "f", "--force"], { cwd }).status, 0);
});

test("rename gives a file another name, over a file unless --if-absent", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "a"), "a");
  writeFileSync(join(cwd, "b"), "b");
  assert.equal(errorOf(untorn(["rename", "a", "b", "--if-absent", "--json"], { cwd })).code, "UNTORN_EXISTS");
  assert.deepEqual(namesIn(cwd), ["a", "b"]);
  assert.equal(untorn(["rename", "a", "b"], { cwd }).status, 0);
  assert.equal(untorn(["rename", "b", "folder/c", "--mkdir"], { cwd }).status, 0);
  assert.deepEqual(namesIn(cwd), ["folder"]);
  assert.equal(readFileSync(join(cwd, "folder/c"), "utf8"), "a");
});
