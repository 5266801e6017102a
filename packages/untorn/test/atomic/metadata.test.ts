import assert from "node:assert/strict";
import { chmodSync, chownSync, closeSync, lstatSync, openSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { faultPlan, interceptPort } from "../../src/testing/index.ts";
import { accessList, attributes, setAttribute, unseenAttributes } from "./support/attributes.ts";
import { runChild } from "./support/children.ts";
import { folder, isRoot, unexpected } from "./support/places.ts";

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

test("the mode of the file that is there is kept, a new file gets what the umask leaves", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  for (const mode of [0o600, 0o644, 0o755, 0o400, 0o666]) {
    writeFileSync(path, "old");
    chmodSync(path, mode);
    const receipt = await writeFile(path, "new");
    assert.equal(modeOf(path), mode);
    assert.ok(receipt.metadata.kept.includes("mode"));
    assert.deepEqual(receipt.metadata.lost, unseenAttributes);
    untornSync(path, "again");
    assert.equal(modeOf(path), mode);
    chmodSync(path, 0o600);
  }
  const before = process.umask(0o027);
  try {
    await writeFile(join(place, "new"), "x");
    assert.equal(modeOf(join(place, "new")), 0o640);
    await writeFile(join(place, "exact"), "x", { mode: 0o666 });
    assert.equal(modeOf(join(place, "exact")), 0o666);
    await writeFile(join(place, "exact"), "x", { mode: 0o4751 });
    assert.equal(modeOf(join(place, "exact")), 0o4751);
    await writeFile(join(place, "exact"), "x");
    assert.equal(modeOf(join(place, "exact")), 0o4751);
  } finally {
    process.umask(before);
  }
});

/** Looks at every file of a folder after every call of the port; answers the modes that anything ever had. */
async function modesSeen(place: string, run: (files: Files) => Promise<unknown>): Promise<Set<number>> {
  const seen = new Set<number>();
  const port = interceptPort(nodePort, {
    before: () => undefined,
    after() {
      for (const name of readdirSync(place)) seen.add(lstatSync(join(place, name)).mode & 0o777);
    },
  });
  await run(new Files(port));
  return seen;
}

test("a private file is at no instant readable by others, whatever is asked for", async (t) => {
  const before = process.umask(0);
  t.after(() => void process.umask(before));
  const place = folder(t);
  const path = join(place, "file");
  const asPrivate = { mode: 0o600 };
  for (const [name, run] of [
    ["kept", (files: Files) => files.writeFile(path, "secret")],
    ["kept, sync", async (files: Files) => files.writeFileSync(path, "secret")],
    ["asked for", (files: Files) => files.writeFile(path, "secret", asPrivate)],
    ["from a stream", (files: Files) => files.writeFile(path, new Blob(["secret"]))],
  ] as const) {
    writeFileSync(path, "old", { mode: 0o600 });
    assert.deepEqual(await modesSeen(place, run), new Set([0o600]), name);
  }
  const created = await modesSeen(place, (files) => files.writeFile(join(place, "created"), "secret", asPrivate));
  assert.deepEqual(created, new Set([0o600]));
});

test("a file that is opened up is not readable before its content is complete", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "old", { mode: 0o600 });
  let complete = false;
  const port = interceptPort(nodePort, {
    before(call) {
      if (call.verb === "chmod") complete = readdirSync(place).every((name) => statSync(join(place, name)).size === 3);
      return undefined;
    },
  });
  await new Files(port).writeFile(path, "new", { mode: 0o644 });
  assert.equal(complete, true);
  assert.equal(modeOf(path), 0o644);
});

test("as root, owner and setuid survive, and the mode is set after the owner", async (t) => {
  if (!isRoot) return t.skip("only root may give files away");
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  chownSync(path, 1234, 2345);
  chmodSync(path, 0o6755);
  for (const write of [() => writeFile(path, "new"), () => untornSync(path, "again")]) {
    const receipt = await write();
    const { uid, gid } = statSync(path);
    assert.deepEqual([uid, gid, modeOf(path)], [1234, 2345, 0o6755]);
    assert.deepEqual(receipt.metadata.lost, unseenAttributes);
    assert.ok(receipt.metadata.kept.includes("owner") && receipt.metadata.kept.includes("mode"));
  }
  await writeFile(path, "given away", { owner: { uid: 77, gid: 88 } });
  const { uid, gid } = statSync(path);
  // Somebody else's setuid program is not what the mode meant.
  assert.deepEqual([uid, gid, modeOf(path)], [77, 88, 0o755]);
  await writeFile(path, "with its mode", { owner: { uid: 78, gid: 88 }, mode: 0o4755 });
  assert.deepEqual([statSync(path).uid, modeOf(path)], [78, 0o4755]);
});

test("as an ordinary user, what cannot be kept is in the receipt, and no group gains by it", async (t) => {
  if (!isRoot) return t.skip("only root can make a file that belongs to somebody else");
  const place = folder(t);
  const path = join(place, "file");
  chmodSync(place, 0o777);
  const cases = [
    { mode: 0o664, owner: [0, 0], left: 0o644 },
    { mode: 0o660, owner: [0, 0], left: 0o600 },
    { mode: 0o4755, owner: [0, 65534], left: 0o755 },
    { mode: 0o2775, owner: [65534, 0], left: 0o755 },
    { mode: 0o640, owner: [65534, 65534], left: 0o640 },
  ];
  for (const { mode, owner, left } of cases) {
    writeFileSync(path, "old");
    chownSync(path, owner[0] as number, owner[1] as number);
    chmodSync(path, mode);
    const code = `report(await untorn.writeFile(${JSON.stringify(path)}, "new"))`;
    const { report, stderr } = runChild(code, { uid: 65534, gid: 65534 });
    assert.ok(report, stderr);
    const { kept, lost } = (report as { metadata: { kept: string[]; lost: string[] } }).metadata;
    const status = statSync(path);
    assert.deepEqual([status.uid, status.gid], [65534, 65534]);
    assert.equal(modeOf(path), left, `0${mode.toString(8)}`);
    const own = owner.every((id) => id === 65534);
    assert.equal(kept.includes("owner"), own);
    assert.equal(kept.includes("mode"), left === mode);
    assert.deepEqual(
      lost.filter((line) => !line.includes("attributes")).map((line) => line.split(" ")[0]),
      [...(own ? [] : ["owner"]), ...(left === mode ? [] : ["mode"])],
    );
  }
  writeFileSync(path, "old");
  chmodSync(path, 0o666);
  const refused = `report(await attempt(() => untorn.writeFile(${JSON.stringify(path)}, "new", { owner: { uid: 0, gid: 0 } })))`;
  const { report } = runChild(refused, { uid: 65534, gid: 65534 });
  const { error } = report as { error: Record<string, unknown> };
  assert.deepEqual([error["code"], error["phase"], error["outcome"]], ["UNTORN_PERMISSION", "metadata", "unchanged"]);
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("what is merely kept may be refused and is reported; what is asked for must succeed; a broken disk always fails", async (t) => {
  const path = join(folder(t), "file");
  const fail = (verb: string, code: string) =>
    new Files(faultPlan(nodePort, { fail: code, when: (c) => c.verb === verb }));
  writeFileSync(path, "old");
  chmodSync(path, 0o640);
  const receipt = await fail("chmod", "EPERM").writeFile(path, "new");
  assert.deepEqual(receipt.metadata.lost, [...unseenAttributes, "mode 0640 (EPERM)"]);
  assert.equal(modeOf(path), 0o600);
  await assert.rejects(fail("chmod", "EPERM").writeFile(path, "x", { mode: 0o644 }), {
    code: "UNTORN_PERMISSION",
    phase: "metadata",
  });
  chmodSync(path, 0o640);
  await assert.rejects(fail("chmod", "EIO").writeFile(path, "x"), { code: "UNTORN_IO", phase: "metadata" });
  await assert.rejects(fail("copyAttributes", "ENOSPC").writeFile(path, "x"), { code: "UNTORN_DISK_FULL" });
});

test("a mode that the file system does not take is not passed over in silence", async (t) => {
  const path = join(folder(t), "file");
  const fs = { ...nodePort.fs, chmod: (handle: number, mode: number) => nodePort.fs.chmod(handle, mode & ~0o6000) };
  const files = new Files(Object.create(nodePort, { fs: { value: fs } }) as typeof nodePort);
  await assert.rejects(files.writeFile(path, "x", { mode: 0o4755 }), {
    code: "UNTORN_UNSUPPORTED",
    outcome: "unchanged",
  });
  writeFileSync(path, "old");
  chmodSync(path, 0o2755);
  const receipt = await files.writeFile(path, "new");
  assert.deepEqual(receipt.metadata.lost, [...unseenAttributes, "mode 02755 (it is 0755 after it was set)"]);
});

test("extended attributes and access lists are kept", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old", { mode: 0o640 });
  const reason = setAttribute(path, "user.origin", Buffer.from("here")) ?? setAttribute(path, ...accessList);
  if (reason !== undefined) return t.skip(reason);
  const before = attributes(path);
  const mode = modeOf(path);
  const receipt = await writeFile(path, "new");
  assert.deepEqual(attributes(path), before);
  assert.equal(modeOf(path), mode);
  assert.deepEqual(receipt.metadata, { kept: ["owner", "attributes", "mode"], lost: [] });
  untornSync(path, "again");
  assert.deepEqual(attributes(path), before);
  // The list's mask shows as the group's bits; an exact mode overrules it.
  await writeFile(path, "private", { mode: 0o600 });
  assert.equal(modeOf(path), 0o600);
});

test("an access list that the directory hands down does not open a file that had none", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "old", { mode: 0o640 });
  const reason = setAttribute(place, "system.posix_acl_default", accessList[1]);
  if (reason !== undefined) return t.skip(reason);
  await writeFile(path, "new");
  assert.deepEqual(attributes(path), {});
  assert.equal(modeOf(path), 0o640);
  await writeFile(join(place, "created"), "x");
  assert.ok("system.posix_acl_access" in attributes(join(place, "created")), "a new file does inherit the list");
});

test("without the native module the receipt says what was not looked at", (t) => {
  const path = join(folder(t), "file");
  closeSync(openSync(path, "w"));
  const code = `report(await untorn.writeFile(${JSON.stringify(path)}, "new"))`;
  const { report } = runChild(code, { env: { ...process.env, UNTORN_NATIVE: "0" } });
  const { lost, kept } = (report as { metadata: { lost: string[]; kept: string[] } }).metadata;
  assert.deepEqual(lost, [
    "extended attributes were not looked at: fs-native-extensions is left out (UNTORN_NATIVE=0)",
  ]);
  assert.deepEqual(kept, ["owner", "mode"]);
});
