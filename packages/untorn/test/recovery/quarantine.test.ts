import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodePort } from "../../src/platform/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { boundQuarantine, keepBytes, quarantineBounds, setAside } from "../../src/quarantine/index.ts";
import { faultPlan, interceptPort, memoryPort, recordCalls } from "../../src/testing/index.ts";
import { folder } from "../atomic/support/places.ts";

const at = "/s/.untorn/quarantine";

test("nobody but its owner may look into a quarantine", () => {
  const port = memoryPort();
  port.put("/s/file", "damaged");
  runSync(port, setAside("/s/.untorn", ["/s/file"]));
  assert.equal(port.fs.lstat(at)?.mode, 0o700);
});

test("bytes that were cut out are synced, and then their name is, before anybody hears of them", () => {
  const port = memoryPort();
  port.put("/s/file", "");
  const recorded = recordCalls(port);
  const kept = runSync(recorded, keepBytes("/s/.untorn", Buffer.from("torn"), "file.torn"));
  const calls = recorded.calls.filter(({ path }) => path === kept || path === at);
  assert.deepEqual(
    calls.slice(calls.findIndex(({ verb }) => verb === "open")).map(({ verb }) => verb),
    ["open", "write", "fsync", "close", "syncDirectory"],
  );
  assert.equal(port.tree()[kept], "torn");
});

test("without hard links a copy is synced, and then its name is, before the file goes", () => {
  const port = memoryPort();
  port.put("/s/file", "damaged");
  const recorded = recordCalls(faultPlan(port, { fail: "EPERM", when: ({ verb }) => verb === "link" }));
  const [{ kept } = { kept: "" }] = runSync(recorded, setAside("/s/.untorn", ["/s/file"]));
  const steps = recorded.calls
    .filter(({ path, verb }) => path === kept || path === at || (path === "/s/file" && verb === "unlink"))
    .map(({ verb, path }) => (path === "/s/file" ? "the file goes" : verb));
  assert.deepEqual(steps.slice(steps.lastIndexOf("open")), [
    "open",
    "write",
    "fsync",
    "close",
    "syncDirectory",
    "the file goes",
  ]);
  assert.deepEqual([port.tree()[kept], port.tree()["/s/file"]], ["damaged", undefined]);
});

test("a full quarantine drops what has been there longest, and never the newest, however large it is", (t) => {
  const work = join(folder(t), ".untorn");
  const place = join(work, "quarantine");
  mkdirSync(place, { recursive: true });
  let last = 0;
  for (const name of ["first", "second", "huge"]) {
    const file = join(place, name);
    const deadline = Date.now() + 10_000;
    // The order is that of the filesystem's clock, as far as the runtime tells it: Deno in whole seconds.
    do {
      assert.ok(Date.now() < deadline, "the clock stands still");
      writeFileSync(file, name);
    } while (statSync(file).ctimeMs <= last);
    if (name === "huge") truncateSync(file, quarantineBounds.bytes + 1);
    last = statSync(file).ctimeMs;
  }
  const dropped = runSync(nodePort, boundQuarantine(work));
  assert.deepEqual(
    dropped.map(({ path }) => path),
    ["first", "second"].map((name) => join(place, name)),
  );
  assert.deepEqual(readdirSync(place), ["huge"]);
  assert.deepEqual(runSync(nodePort, boundQuarantine(work)), []);
});

test("a file that goes while it is being set aside is passed over; one that stays has its error told", (t) => {
  const place = folder(t);
  const paths = ["gone", "stays"].map((name) => join(place, name));
  for (const path of paths) writeFileSync(path, "damaged");
  const port = interceptPort(nodePort, {
    before({ verb, path }) {
      if (verb !== "link") return undefined;
      if (path === paths[0]) nodePort.fs.unlink(path);
      else throw Object.assign(new Error("EIO"), { code: "EIO" });
      return undefined;
    },
  });
  const work = join(place, ".untorn");
  assert.deepEqual(runSync(port, setAside(work, paths.slice(0, 1))), []);
  assert.throws(() => runSync(port, setAside(work, paths.slice(1))), { code: "EIO" });
  assert.ok(!existsSync(paths[0] as string));
  assert.equal(readFileSync(paths[1] as string, "utf8"), "damaged");
});
