import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import type { UntornError } from "../../src/platform/index.ts";
import { faultPlan } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { runChild } from "./support/children.ts";
import { smallDisk } from "./support/mounts.ts";
import { folder, openDescriptors, unexpected } from "./support/places.ts";

const good = JSON.stringify({ state: "good" });

test("a file-size limit that a write runs into leaves the old file, sync, async and from a stream", (t) => {
  const place = folder(t);
  writeFileSync(join(place, "state.json"), good);
  const code = `
    const path = ${JSON.stringify(join(place, "state.json"))};
    const big = "x".repeat(100_000);
    const answers = [];
    answers.push(await attempt(() => untorn.writeFile(path, big)));
    answers.push(await attempt(() => untorn.writeFileSync(path, big)));
    answers.push(await attempt(() => untorn.writeFile(path, (function* () { for (let i = 0; i < 10; i += 1) yield big; })())));
    answers.push(await attempt(async () => (await untorn.writeFile(path, "small")).bytes));
    report(answers);
  `;
  // 64 blocks of 512 bytes; without the trap the kernel would end the process (setrlimit(2), SIGXFSZ).
  const { status, report, stderr } = runChild(code, { shell: `trap "" XFSZ; ulimit -f 64; exec "$@"` });
  assert.equal(status, 0, stderr);
  const answers = report as { error?: Record<string, unknown>; ok?: number }[];
  for (const { error } of answers.slice(0, 3)) {
    assert.equal(error?.["code"], "UNTORN_DISK_FULL");
    assert.equal(error?.["systemCode"], "EFBIG");
    assert.equal(error?.["outcome"], "unchanged");
  }
  assert.equal(answers[3]?.ok, 5);
  assert.equal(readFileSync(join(place, "state.json"), "utf8"), "small");
  assert.deepEqual(unexpected(place, ["state.json"]), []);
});

test("a disk that fills up in the middle of a write leaves the old file and no temp", async (t) => {
  const disk = join(folder(t), "disk");
  const reason = smallDisk(t, disk, "size=64k");
  if (reason !== undefined) return t.skip(reason);
  const path = join(disk, "state.json");
  writeFileSync(path, good);
  const before = openDescriptors();
  for (const data of ["x".repeat(100_000), Buffer.alloc(70_000), [Buffer.alloc(40_000), Buffer.alloc(40_000)]]) {
    const full = { code: "UNTORN_DISK_FULL", systemCode: "ENOSPC", phase: "stage", outcome: "unchanged" };
    await assert.rejects(writeFile(path, data), full);
    assert.throws(() => untornSync(path, data), full);
  }
  const stream = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(1000)));
  await assert.rejects(writeFile(path, stream), { code: "UNTORN_DISK_FULL", outcome: "unchanged" });
  assert.equal(readFileSync(path, "utf8"), good);
  assert.deepEqual(unexpected(disk, ["state.json"]), []);
  assert.equal(openDescriptors(), before);
  await writeFile(path, "there is room for this");
});

test("a disk without free inodes is as full as one without blocks", async (t) => {
  const disk = join(folder(t), "disk");
  const reason = smallDisk(t, disk, "nr_inodes=2");
  if (reason !== undefined) return t.skip(reason);
  writeFileSync(join(disk, "state.json"), good);
  await assert.rejects(writeFile(join(disk, "state.json"), "new"), { code: "UNTORN_DISK_FULL", outcome: "unchanged" });
  assert.equal(readFileSync(join(disk, "state.json"), "utf8"), good);
});

test("a quota that is used up is named, though Node has no name for it", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, good);
  const files = new Files(faultPlan(nodePort, { fail: "EDQUOT", when: ({ verb }) => verb === "write" }));
  await assert.rejects(files.writeFile(path, "new"), { code: "UNTORN_DISK_FULL", systemCode: "EDQUOT" });
  assert.equal(readFileSync(path, "utf8"), good);
});

test("a size that the file system does not confirm is a failure, also if every write said it was done", (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, good);
  // libuv drops the error of a later part of a write once an earlier part was written, and counts what it was given.
  const port = Object.create(nodePort, {
    fs: {
      value: {
        ...nodePort.fs,
        write(handle: number, bytes: Uint8Array, position: number | null) {
          nodePort.fs.write(handle, bytes.subarray(0, bytes.byteLength - 1), position);
          return bytes.byteLength;
        },
      },
    },
  }) as typeof nodePort;
  const error = {
    code: "UNTORN_SHORT_WRITE",
    outcome: "unchanged",
    message: /1000 bytes were written, but 999 arrived/,
  };
  assert.throws(() => new Files(port).writeFileSync(path, Buffer.alloc(1000)), error);
  assert.equal(readFileSync(path, "utf8"), good);
});

test("a sync that fails is final: it is not tried again, and its temp is dropped", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, good);
  const port = faultPlan(nodePort, { fail: "EIO", when: ({ verb }) => verb === "fsync", times: 1 });
  const failure = { code: "UNTORN_IO", phase: "sync", outcome: "unchanged" };
  await assert.rejects(new Files(port).writeFile(path, "new"), failure);
  assert.equal(port.report.faults, 1);
  assert.equal(readFileSync(path, "utf8"), good);
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("a failing write is reported although the source has more to say, and never says it", async (t) => {
  const place = folder(t);
  async function* silentAfterMuch(): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < 5; count += 1) yield new Uint8Array(200_000);
    yield new Uint8Array(100_000);
    await new Promise(() => {});
  }
  const port = faultPlan(nodePort, { fail: "ENOSPC", when: ({ verb }) => verb === "write" });
  const call = new Files(port).writeFile(join(place, "file"), silentAfterMuch());
  await assert.rejects(call, { code: "UNTORN_DISK_FULL", outcome: "unchanged" });
  assert.deepEqual(unexpected(place, []), []);
});

test("a temp that cannot be removed after a failure is named in the error, and says the same besides", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, good);
  for (const verb of ["write", "fsync", "rename"]) {
    const when: Fault["when"] = (call) => call.verb === verb;
    const turned = faultPlan(nodePort, [
      { fail: "EROFS", when },
      { fail: "EROFS", when: (call) => call.verb === "unlink" },
    ]);
    const before = unexpected(place, ["file"]);
    await assert.rejects(new Files(turned).writeFile(path, verb), (error: UntornError) => {
      const [temp = ""] = unexpected(place, ["file", ...before]);
      assert.deepEqual([error.code, error.outcome, error.systemCode], ["UNTORN_READ_ONLY", "unchanged", "EROFS"]);
      assert.match(error.message, /What was there is unchanged\. Remount it for writing/);
      assert.ok(error.message.endsWith(`${temp} could not be removed (EROFS); \`untorn recover\` removes it later.`));
      return temp !== "";
    });
    assert.equal(readFileSync(path, "utf8"), good);
  }
});

test("a temp that cannot be removed after all went well is named in the receipt", async (t) => {
  const place = folder(t);
  const port = faultPlan(nodePort, { fail: "EIO", when: ({ verb }) => verb === "unlink" });
  const receipt = await new Files(port).writeFile(join(place, "file"), "x", { ifAbsent: true });
  const [temp = ""] = unexpected(place, ["file"]);
  assert.deepEqual(receipt.notes, [`${join(place, temp)} could not be removed (EIO)`]);
});
