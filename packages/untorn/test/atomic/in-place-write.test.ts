import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { Files, parseTempName } from "../../src/atomic/index.ts";
import { writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { faultPlan, interceptPort, memoryPort } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { mount } from "./support/mounts.ts";
import { unseenAttributes } from "./support/attributes.ts";
import { folder, isRoot, unexpected } from "./support/places.ts";

const inPlace = "journaled";
const busy: Fault = { fail: "EBUSY", when: ({ verb }) => verb === "rename" };
const onMount = new Files(faultPlan(nodePort, busy));

test("a file that is mounted by itself: refused by default, rewritten in place when asked", async (t) => {
  const place = folder(t);
  const path = join(place, "config.json");
  const outside = join(place, "outside.json");
  writeFileSync(outside, "old");
  writeFileSync(path, "");
  const reason = mount(t, ["--bind", outside], path);
  if (reason !== undefined) return t.skip(reason);
  const started = Date.now();
  const refused = { code: "UNTORN_BUSY", phase: "commit", outcome: "unchanged", message: /mounted by itself/ };
  await assert.rejects(writeFile(path, "new"), refused);
  assert.throws(() => untornSync(path, "new"), refused);
  assert.ok(Date.now() - started < 1000, "a permanent error was tried again");
  assert.equal(readFileSync(path, "utf8"), "old");
  const { ino } = statSync(path);
  for (const text of ["new", "a longer content than the one before", "short"]) {
    const receipt = await writeFile(path, text, { inPlace });
    assert.equal(receipt.via, "in-place");
    assert.equal(readFileSync(outside, "utf8"), text);
    assert.equal(statSync(path).ino, ino);
    untornSync(path, `${text}, sync`, { inPlace });
    assert.equal(readFileSync(outside, "utf8"), `${text}, sync`);
  }
  assert.deepEqual(unexpected(place, ["config.json", "outside.json"]), []);
});

test("in place, mode and owner are the file's own unless others are asked for", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  chmodSync(path, 0o664);
  assert.deepEqual((await onMount.writeFile(path, "new", { inPlace })).metadata.lost, unseenAttributes);
  assert.equal(statSync(path).mode & 0o7777, 0o664);
  await onMount.writeFile(path, "new", { inPlace, mode: 0o600 });
  assert.equal(statSync(path).mode & 0o7777, 0o600);
  await onMount.writeFile(path, "new", { inPlace, mode: 0o4755 });
  assert.equal(statSync(path).mode & 0o7777, 0o4755);
  await onMount.writeFile(path, "setuid is kept", { inPlace });
  assert.equal(statSync(path).mode & 0o7777, 0o4755);
  if (!isRoot) return;
  await onMount.writeFile(path, "given", { inPlace, owner: { uid: 12, gid: 34 }, mode: 0o640 });
  const { uid, gid, mode } = statSync(path);
  assert.deepEqual([uid, gid, mode & 0o7777], [12, 34, 0o640]);
});

test("in place, content that becomes private is private before it is written", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  chmodSync(path, 0o644);
  const modes: number[] = [];
  const port = interceptPort(faultPlan(nodePort, busy), {
    before(call) {
      if (call.verb === "write" && call.path === path) modes.push(statSync(path).mode & 0o777);
      return undefined;
    },
  });
  await new Files(port).writeFile(path, "secret", { inPlace, mode: 0o600 });
  assert.deepEqual(modes, [0o600]);
});

test("in place, a mode that the file system does not take is no success, and the old content goes back", () => {
  const port = memoryPort();
  port.put("/s/file", "old", 0o644);
  port.mount("/s/file");
  const deaf = interceptPort(port, {
    before: ({ verb, path, args }) => (verb === "chmod" && path === "/s/file" ? [args[0], 0o644] : undefined),
  });
  const write = (): unknown => new Files(deaf).writeFileSync("/s/file", "new", { inPlace, mode: 0o640 });
  assert.throws(write, { outcome: "unchanged" });
  assert.deepEqual([port.tree()["/s/file"], port.fs.stat("/s/file")?.mode], ["old", 0o644]);
});

test("in place, what somebody writes while the old content is copied is not overwritten", () => {
  const port = memoryPort();
  port.put("/s/file", "old", 0o644);
  port.mount("/s/file");
  const racing = interceptPort(port, {
    before({ verb, path }) {
      if (verb === "open" && parseTempName(basename(path))?.kind === "bak") port.put("/s/file", "somebody's");
      return undefined;
    },
  });
  const write = (): unknown => new Files(racing).writeFileSync("/s/file", "new", { inPlace });
  assert.throws(write, { code: "UNTORN_CONFLICT", outcome: "unchanged" });
  assert.deepEqual(port.tree(), { "/s": null, "/s/file": "somebody's" });
});
