import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { readFile, readFileSync as untornRead } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { faultPlan, interceptPort } from "../../src/testing/index.ts";
import { folder } from "./support/places.ts";

test("a read gives the bytes or the text, with etag, size and time", async (t) => {
  const path = join(folder(t), "file");
  const text = "\ufeffé€\u{1F600}\r\n";
  writeFileSync(path, text);
  for (const content of [await readFile(path, { encoding: "utf8" }), untornRead(path, { encoding: "utf-8" })]) {
    assert.equal(content.data, text);
    assert.equal(content.etag, createHash("sha256").update(readFileSync(path)).digest("hex"));
    assert.equal(content.bytes, statSync(path).size);
    assert.equal(content.mtimeMs, statSync(path).mtimeMs);
    assert.equal(content.path, path);
  }
  assert.deepEqual(Buffer.from((await readFile(path)).data), readFileSync(path));
});

test("what a power cut leaves is corrupt, not content: the error says where", async (t) => {
  const path = join(folder(t), "file");
  const cases: readonly (readonly [Buffer, RegExp, boolean])[] = [
    [Buffer.alloc(0), /the file is empty/, true],
    [Buffer.alloc(10), /all 10 bytes are NUL/, true],
    [Buffer.from("abc\0def"), /:1:4: there is a NUL at byte 3 of 7/, false],
    [Buffer.from("a\né\0"), /:2:2: there is a NUL at byte 4 of 5/, false],
    [Buffer.from("\ufeffhi", "utf16le"), /:1:1: the file is UTF-16, not UTF-8/, false],
    [Buffer.from([0x61, 0xff, 0x62]), /file:1:2: byte 0xff at byte offset 1 is not UTF-8/, false],
    [Buffer.from([0x61, 0x62, 0xe2, 0x82]), /:1:3: byte 0xe2 at byte offset 2 is not UTF-8/, false],
    [
      Buffer.concat([Buffer.alloc(5000, "é"), Buffer.from([0xc3, 0x28])]),
      /:1:2501: byte 0xc3 at byte offset 5000 is not/,
      false,
    ],
  ];
  for (const [bytes, message, always] of cases) {
    writeFileSync(path, bytes);
    const corrupt = { code: "UNTORN_CORRUPT", phase: "read", outcome: "unchanged", message };
    await assert.rejects(readFile(path, { encoding: "utf8" }), corrupt);
    assert.throws(() => untornRead(path, { encoding: "utf8" }), corrupt);
    if (always) await assert.rejects(readFile(path), corrupt);
    else assert.deepEqual(Buffer.from((await readFile(path)).data), bytes);
    assert.deepEqual(readFileSync(path), bytes);
  }
  writeFileSync(path, "");
  assert.equal((await readFile(path, { allowEmpty: true, encoding: "utf8" })).data, "");
});

test("a file that grows or shrinks while it is read is read to its end, in reads of any size", async (t) => {
  const path = join(folder(t), "file");
  for (const [change, expected] of [
    [() => appendFileSync(path, "x".repeat(3000)), "abc".repeat(100) + "x".repeat(3000)],
    [() => truncateSync(path, 30), "abc".repeat(10)],
  ] as const) {
    writeFileSync(path, "abc".repeat(100));
    let reads = 0;
    const port = interceptPort(faultPlan(nodePort, { short: 7, when: ({ verb }) => verb === "read" }), {
      before(call) {
        if (call.verb === "read" && (reads += 1) === 2) change();
        return undefined;
      },
    });
    assert.equal(new Files(port).readFileSync(path, { encoding: "utf8" }).data, expected);
  }
});

test("a read that fails half-way is an error, never half a file", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "content");
  for (const verb of ["open", "fstat", "read"]) {
    const port = faultPlan(nodePort, { fail: "EIO", when: (call) => call.verb === verb });
    await assert.rejects(new Files(port).readFile(path), { code: "UNTORN_IO", phase: "read", outcome: "unchanged" });
  }
});

test("an aborted read", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "content");
  await assert.rejects(readFile(path, { signal: AbortSignal.abort() }), { code: "UNTORN_ABORTED" });
});
