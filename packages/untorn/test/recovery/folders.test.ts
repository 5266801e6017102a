import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { recover, scan } from "../../src/index.ts";
import type { RecoveryReport } from "../../src/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { memoryPort } from "../../src/testing/index.ts";

const effort = Number(process.env["UNTORN_EFFORT"] ?? 1);
const isRoot = process.getuid?.() === 0;

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "untorn-scan-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("symbolic links, loops and special files are reported and not followed; nothing behind them changes", () => {
  const port = memoryPort();
  port.put("/elsewhere/a.json", "broken");
  port.put("/elsewhere/a.json.tmp.999", "{}");
  port.putDirectory("/state/deep");
  port.symlink("/state", "/state/deep/loop");
  port.symlink("/elsewhere", "/state/link");
  port.symlink("/elsewhere/a.json", "/state/b.json");
  port.put("/state/b.json.tmp.999", "{}");
  port.special("/state/pipe.json");
  port.clock.pause(600_000);
  const before = JSON.stringify(port.tree());
  const report = recoveryOn({ port }).recoverSync("/state", { apply: true });
  assert.deepEqual(report.scan.skipped.map(({ path }) => path).sort(), [
    "/state/b.json",
    "/state/deep/loop",
    "/state/link",
    "/state/pipe.json",
  ]);
  assert.deepEqual(
    report.actions.map(({ kind, path }) => `${kind} ${path}`),
    ["leave /state/b.json.tmp.999"],
  );
  assert.equal(JSON.stringify(port.tree()), before);
});

test("an unreadable folder or file is a finding, and the rest is recovered", { skip: isRoot }, async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "locked"));
  writeFileSync(join(folder, "secret.json"), "{}");
  writeFileSync(join(folder, "a.json.tmp"), "{}");
  chmodSync(join(folder, "locked"), 0);
  chmodSync(join(folder, "secret.json"), 0);
  const report = await recover(folder, { apply: true, quietMs: 0 });
  chmodSync(join(folder, "locked"), 0o700);
  assert.equal(report.scan.counts.unreadable, 2);
  assert.ok(existsSync(join(folder, "a.json")));
});

test("an unreadable folder or file is a finding, and the rest is recovered (simulated)", () => {
  const port = memoryPort();
  port.put("/state/locked/b.json", "{}");
  port.put("/state/secret.json", "{}");
  port.put("/state/a.json.tmp", "{}");
  port.give("/state/locked", { mode: 0, uid: 7 });
  port.give("/state/secret.json", { mode: 0o600, uid: 7 });
  port.clock.pause(600_000);
  const { scan: found } = recoveryOn({ port }).recoverSync("/state", { apply: true });
  assert.deepEqual(
    found.findings
      .filter(({ kind }) => kind === "unreadable")
      .map(({ path }) => path)
      .sort(),
    ["/state/locked", "/state/secret.json"],
  );
  assert.equal(port.tree()["/state/a.json"], "{}");
});

test("another user's temp is not adopted: who may put a file here must not decide what the state is", () => {
  const port = memoryPort();
  port.put("/state/a.json.tmp", '{"evil":true}');
  port.give("/state", { mode: 0o777, uid: 1000 });
  port.give("/state/a.json.tmp", { uid: 4711 });
  port.clock.pause(600_000);
  const report = recoveryOn({ port }).recoverSync("/state", { apply: true });
  assert.deepEqual(
    report.actions.map(({ kind }) => kind),
    ["leave"],
  );
  assert.match(report.actions[0]?.reason ?? "", /another user/);
  assert.equal(port.tree()["/state/a.json"], undefined);
});

test("a file may be named, also one that is missing", () => {
  const port = memoryPort();
  port.put("/state/a.json.tmp", "{}");
  port.put("/state/b.json.tmp", "{}");
  port.clock.pause(600_000);
  recoveryOn({ port }).recoverSync("/state/a.json", { apply: true });
  assert.equal(port.tree()["/state/a.json"], "{}");
  assert.equal(port.tree()["/state/b.json"], undefined);
  for (const path of ["/nowhere/a.json", "/nowhere", "/state/none.json", "/state/c"]) {
    assert.throws(() => recoveryOn({ port }).scanSync(path), { code: "UNTORN_NOT_FOUND" }, path);
    assert.throws(() => recoveryOn({ port }).recoverSync(path, { apply: true }), { code: "UNTORN_NOT_FOUND" }, path);
  }
});

test("a folder full of orphans is cleaned in bounded memory, and says how it goes on", (t) => {
  const orphans = effort > 1 ? 100_000 : 30_000;
  const folder = folderFor(t);
  writeFileSync(join(folder, "state.json"), '{"good":true}');
  for (let index = 0; index < orphans; index += 1) {
    const random = index.toString(16).padStart(16, "0");
    writeFileSync(join(folder, `.state.json.untorn.1-1-00000000-${random}.tmp`), `{"index":${index}}`);
  }
  // A child whose heap has room for the names, and not for all that is found out about each file.
  const library = new URL("../../src/index.js", import.meta.url).href;
  const program = `
    const { recover } = await import(${JSON.stringify(library)});
    const calls = { progress: 0 };
    const report = await recover(${JSON.stringify(folder)}, {
      apply: true, quietMs: 0, limit: 100,
      onProgress: () => (calls.progress += 1),
    });
    console.log(JSON.stringify({ ...report, calls }));`;
  const heap = effort > 1 ? 80 : 24;
  const child = spawnSync(
    process.execPath,
    [`--max-old-space-size=${heap}`, "--max-semi-space-size=2", "--input-type=module", "-e", program],
    { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 },
  );
  assert.equal(child.status, 0, child.stderr.slice(-2000));
  const report = JSON.parse(child.stdout) as RecoveryReport & { calls: { progress: number } };
  assert.equal(report.counts.quarantine, orphans);
  assert.equal(report.actions.length, 100);
  assert.ok(report.calls.progress >= orphans, `${report.calls.progress} calls`);
  const left = readdirSync(join(folder, ".untorn/quarantine"));
  assert.equal(left.length, 1000);
  assert.equal(report.droppedFiles, orphans - 1000);
  assert.equal(report.dropped.length, 100);
  assert.deepEqual(readdirSync(folder).sort(), [".untorn", "state.json"]);
});

test("a real folder: symbolic links are passed over, and what is wrong is found with its place", async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "a.json"), '{\n  "a": ,\n}');
  writeFileSync(join(folder, "b.md"), "---\nid: [\n---\n");
  symlinkSync(folder, join(folder, "loop"));
  const { findings, counts } = await scan(folder);
  assert.equal(counts.corrupt, 2);
  assert.deepEqual(
    findings.map(({ position }) => position?.line),
    [2, 3],
  );
});

test(
  "a name that is not UTF-8 is a finding: nobody can ask for what is under it",
  { skip: process.platform !== "linux" },
  async (t) => {
    const folder = folderFor(t);
    const made =
      'printf "{" > "$(printf "a\\377.json")"; mkdir "$(printf "d\\351")"; printf "{" > "$(printf "d\\351/b.json")"';
    assert.equal(spawnSync("sh", ["-c", made], { cwd: folder }).status, 0);
    // The same name in what is read, and one that is what it looks like.
    writeFileSync(join(folder, "a\ufffd.json"), "{}");
    writeFileSync(join(folder, "c\ufffd.json"), "{}");
    const found = await scan(folder);
    assert.deepEqual(
      found.findings.map(({ kind, path, detail }) => [kind, path.slice(folder.length), detail]),
      [
        ["unreadable", "/a\ufffd.json", "it cannot be read (its name is not UTF-8)"],
        ["unreadable", "/d\ufffd", "it cannot be read (its name is not UTF-8)"],
      ],
    );
    assert.equal(found.documents, 1);
  },
);
