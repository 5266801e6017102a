import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { errorOf, folderFor, namesIn, shell, start, untorn } from "../binary.ts";

test("append: in plain text a blank line is a line, and --max-entries drops it", (t) => {
  const cwd = folderFor(t);
  const append = (input: string) => untorn(["append", "log", "--text", "--max-entries", "2"], { cwd, input });
  assert.equal(append("a\n\n\n").status, 0);
  assert.equal(append("b\n").status, 0);
  assert.equal(readFileSync(join(cwd, "log"), "utf8"), "\nb\n");
});

test("append puts lines of JSON into a log as they are, all or none", (t) => {
  const cwd = folderFor(t);
  const path = join(cwd, "log.jsonl");
  const append = (input: string | Buffer, ...args: string[]) =>
    untorn(["append", "log.jsonl", ...args], { cwd, input });
  const first = append('{"id": 12345678901234567890}\r\n\n"two"', "--json");
  assert.deepEqual([first.status, first.stderr], [0, ""]);
  assert.equal((JSON.parse(first.stdout) as { created: boolean }).created, true);
  const both = '{"id": 12345678901234567890}\n"two"\n';
  assert.equal(readFileSync(path, "utf8"), both);
  const bad = append('{"a":1}\nnot json\n', "--json");
  assert.deepEqual([bad.status, errorOf(bad).code], [1, "UNTORN_INVALID_ARGUMENT"]);
  assert.match(errorOf(bad).message, /record 2 is not one line of JSON/);
  assert.equal(append("").status, 1);
  assert.equal(append(Buffer.from([0x22, 0xff, 0x22])).status, 1);
  assert.equal(append("1", "--max-entries", "0").status, 2);
  assert.equal(readFileSync(path, "utf8"), both);
  assert.equal(append("3\n4\n", "--max-entries", "3").status, 0);
  assert.equal(readFileSync(path, "utf8"), '"two"\n3\n4\n');
  assert.equal(append("5\n", "--max-bytes", "4").status, 0);
  assert.equal(readFileSync(path, "utf8"), "4\n5\n");
  assert.deepEqual(namesIn(cwd), ["log.jsonl"]);
});

test("append sets a torn last line aside and says so; --text takes any text", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "log.jsonl"), '1\n{"torn');
  const { status, stderr } = untorn(["append", "log.jsonl"], { cwd, input: "2\n" });
  assert.equal(status, 0);
  assert.match(stderr, /its last line had been cut off by a crash; it is kept in .*log\.jsonl\.torn/);
  assert.equal(readFileSync(join(cwd, "log.jsonl"), "utf8"), "1\n2\n");
  const plain = untorn(["append", "new/plain.log", "--text", "--mkdir"], { cwd, input: "$& \\1\n\nend" });
  assert.equal(plain.status, 0, plain.stderr);
  assert.equal(readFileSync(join(cwd, "new/plain.log"), "utf8"), "$& \\1\n\nend\n");
  assert.equal(untorn(["append", "no/plain.log", "--text"], { cwd, input: "x" }).status, 1);
});

test("append --follow appends each line when it comes", async (t) => {
  const cwd = folderFor(t);
  const child = start(["append", "--follow", "--durability", "off", "log.jsonl"], cwd);
  t.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  child.stdin?.write("1\n");
  const path = join(cwd, "log.jsonl");
  for (let tries = 0; tries < 400 && !namesIn(cwd).includes("log.jsonl"); tries += 1) await sleep(20);
  for (let tries = 0; tries < 400 && readFileSync(path, "utf8") === ""; tries += 1) await sleep(20);
  assert.equal(readFileSync(path, "utf8"), "1\n");
  appendFileSync(path, "theirs\n");
  child.stdin?.end("2\n");
  assert.deepEqual(await exited, [0, null]);
  assert.equal(readFileSync(path, "utf8"), "1\ntheirs\n2\n");
});

test("append --follow says at which line it stopped", (t) => {
  const cwd = folderFor(t);
  const { status, stderr } = untorn(["append", "--follow", "log"], { cwd, input: "1\n\n2\nx\n3\n" });
  assert.equal(status, 1);
  assert.match(stderr, /not one line of JSON .* It was line 4 of standard input; those before it are in the file\./);
  assert.equal(readFileSync(join(cwd, "log"), "utf8"), "1\n2\n");
});

test("append --follow takes lines by their bytes: what is no UTF-8 is refused, and only LF and CRLF end one", (t) => {
  const cwd = folderFor(t);
  const append = (input: Buffer) => untorn(["append", "--follow", "--text", "log"], { cwd, input });
  const bad = append(Buffer.from("one\ncaf\xe9\ntwo\n", "latin1"));
  assert.deepEqual([bad.status, /Line 2 of standard input: it is not UTF-8/.test(bad.stderr)], [1, true], bad.stderr);
  assert.equal(readFileSync(join(cwd, "log"), "utf8"), "one\n");
  const text = "a\rb\u2028c\r\n\u00e9\n\nend";
  assert.equal(append(Buffer.from(`\uFEFF${text}`)).status, 0);
  assert.equal(readFileSync(join(cwd, "log"), "utf8"), `one\n${text.replace("\r\n", "\n")}\n`);
});

test("append beside itself, from shells: every line is there, whole", (t) => {
  const cwd = folderFor(t);
  const { status, stderr } = shell(
    'for p in a b c d; do (for i in 1 2 3; do echo "{\\"p\\":\\"$p\\",\\"i\\":$i}" | $U append log --durability off; done) & done; wait',
    { cwd },
  );
  assert.deepEqual([status, stderr], [0, ""]);
  const lines = readFileSync(join(cwd, "log"), "utf8").trimEnd().split("\n");
  assert.equal(new Set(lines.map((line) => JSON.stringify(JSON.parse(line)))).size, 12);
});
