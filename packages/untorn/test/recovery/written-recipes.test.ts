import assert from "node:assert/strict";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodePort } from "../../src/platform/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { memoryPort } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { folder } from "../atomic/support/places.ts";
import { own, put } from "./own-temps.ts";

/** The faults that the recovery recipes written for shells have, each as a scene that they get wrong. */

function recover(port: MemoryPort) {
  port.clock.pause(600_000);
  return recoveryOn({ port }).recoverSync("/state", { apply: true });
}

test("a jq filter that failed left a file of one line end: it is found corrupt, and the last whole content comes back", () => {
  const port = memoryPort();
  const whole = '{"items":[1]}\n';
  put(port, "/state/registry.json", "\n");
  port.putDirectory("/state/.untorn/generations/registry.json");
  put(port, `/state/.untorn/generations/registry.json/00000001-${own.digest(whole)}`, whole);
  const report = recover(port);
  assert.equal(report.scan.counts.corrupt, 1);
  assert.equal(port.tree()["/state/registry.json"], whole);
  assert.match(report.actions.find(({ kind }) => kind === "restore")?.lost ?? "", /written to it after 2026-/);
});

test("`jq empty` accepts zero bytes: an empty temp is never adopted, and an empty file is corrupt", () => {
  const port = memoryPort();
  put(port, "/state/registry.json.tmp.4242", '{"items":[1]}');
  put(port, "/state/registry.json.tmp.4243", "");
  put(port, "/state/other.json", "");
  const report = recover(port);
  assert.equal(port.tree()["/state/registry.json"], '{"items":[1]}');
  assert.deepEqual(
    report.scan.findings.filter(({ kind }) => kind === "corrupt").map(({ path }) => path),
    ["/state/other.json"],
  );
  assert.equal(port.tree()["/state/other.json"], "");
});

test("'the newest temp wins' overwrites a good and newer file: it never does, by either policy", () => {
  for (const policy of ["untorn", "newest"] as const) {
    const port = memoryPort();
    put(port, "/state/registry.json.tmp.4242", '{"stale":true}');
    own(port, "registry.json", '{"stale":1}', 1);
    put(port, "/state/registry.json", '{"good":true}');
    port.clock.pause(600_000);
    recoveryOn({ port }).recoverSync("/state", { apply: true, policy });
    assert.equal(port.tree()["/state/registry.json"], '{"good":true}', policy);
    const kept = Object.entries(port.tree()).filter(([path]) => path.includes("/quarantine/"));
    assert.deepEqual(
      kept.map(([, content]) => content),
      ['{"stale":true}'],
    );
  }
});

test("an invalid newest temp takes the valid older ones with it: the newest valid one is adopted, all others are kept", () => {
  const port = memoryPort();
  put(port, "/state/registry.json.tmp.1111", '{"version":1}');
  put(port, "/state/registry.json.tmp.2222", '{"version":2}');
  put(port, "/state/registry.json.tmp.3333", '{"version":3');
  recover(port);
  const tree = port.tree();
  assert.equal(tree["/state/registry.json"], '{"version":2}');
  const kept = Object.entries(tree).flatMap(([path, content]) =>
    path.includes("/quarantine/") ? [content ?? ""] : [],
  );
  assert.deepEqual(kept.sort(), ['{"version":1}', '{"version":3']);
});

test("only a digest proves that a text is whole: untorn's own temp that was cut off is never adopted", () => {
  for (const name of ["notes.md", "notes.txt", "log.jsonl"]) {
    const port = memoryPort();
    // As far as their formats know, both are whole.
    own(port, name, '{"n":1}\n', 1);
    own(port, name, '{"n":2}\n', 2, '{"n":2}\n{"n":3}\n');
    const report = recover(port);
    assert.equal(port.tree()[`/state/${name}`], '{"n":1}\n', name);
    assert.equal(report.failed, 0);
  }
});

test("an empty temp is worth nothing, also where an empty file would be one", () => {
  const port = memoryPort();
  put(port, "/state/log.jsonl.tmp.4242", '{"n":1}\n');
  put(port, "/state/log.jsonl.tmp.4243", "");
  recover(port);
  assert.equal(port.tree()["/state/log.jsonl"], '{"n":1}\n');
});

test("what nobody can tell to be whole is neither adopted nor moved", () => {
  const port = memoryPort();
  const temp = "/state/model.weights.tmp.4242";
  put(port, temp, "half a file?");
  const report = recover(port);
  assert.deepEqual(
    report.actions.map(({ kind, path }) => [kind, path]),
    [["leave", temp]],
  );
  assert.match(report.actions[0]?.reason ?? "", /nothing proves that it is complete/);
  assert.deepEqual([port.tree()[temp], port.tree()["/state/model.weights"]], ["half a file?", undefined]);
});

test("by the policy newest a temp as old as a whole file is not newer", (t) => {
  const place = folder(t);
  const [path, temp] = ["registry.json", "registry.json.tmp.4242"].map((name) => join(place, name)) as [string, string];
  writeFileSync(path, '{"good":true}');
  writeFileSync(temp, '{"other":true}');
  // Longer ago than a pid is believed.
  const once = new Date(Date.now() - 2 * 86_400_000);
  for (const each of [path, temp]) utimesSync(each, once, once);
  const report = recoveryOn({ port: nodePort }).recoverSync(place, { apply: true, policy: "newest" });
  assert.deepEqual(
    report.actions.map(({ kind }) => kind),
    ["quarantine"],
  );
  assert.equal(readFileSync(path, "utf8"), '{"good":true}');
});

test("a pid in a name is believed for a day: pids are used again", () => {
  const port = memoryPort();
  put(port, `/state/registry.json.tmp.${port.identity.pid}`, '{"items":[1]}');
  assert.match(recover(port).actions[0]?.reason ?? "", /its writer is alive \(pid \d+\)/);
  assert.equal(port.tree()["/state/registry.json"], undefined);
  port.clock.pause(86_400_000);
  recover(port);
  assert.equal(port.tree()["/state/registry.json"], '{"items":[1]}');
});
