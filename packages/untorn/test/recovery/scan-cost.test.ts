import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { registerFormat } from "../../src/formats/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { memoryPort, recordCalls } from "../../src/testing/index.ts";
import { folder } from "../atomic/support/places.ts";

test("a sound document costs one call, and a folder a few", () => {
  const port = memoryPort();
  for (let at = 0; at < 300; at += 1) {
    const folder = `/state/f${at % 3}`;
    if (at < 3) port.putDirectory(folder);
    if (at % 4 === 0) port.put(`${folder}/a${at}.json`, `{"at":${at}}`);
    if (at % 4 === 1) port.put(`${folder}/a${at}.md`, `---\nid: ${at}\n---\n# Title\n`);
    if (at % 4 === 2) port.put(`${folder}/a${at}.jsonl`, `{"at":${at}}\n{}\n`);
    if (at % 4 === 3) port.put(`${folder}/a${at}.txt`, "text");
  }
  const recorded = recordCalls(port);
  const report = recoveryOn({ port: recorded }).scanSync("/state");
  assert.deepEqual([report.documents, report.counts], [300, {}]);
  const counts: Record<string, number> = {};
  for (const { verb } of recorded.calls) counts[verb] = (counts[verb] ?? 0) + 1;
  const { readInto, ...others } = counts;
  assert.equal(readInto, 300);
  assert.deepEqual(others, { stat: 1, realpath: 1, lstat: 4, entries: 4 });
});

test("what is not sound at once is looked at properly, in the same scan", () => {
  const port = memoryPort();
  port.put("/state/a.json", '{"a":\n  }');
  port.put("/state/b.json", JSON.stringify("x".repeat(300_000)));
  port.put("/state/c.md", "---\na: |\n  text\n---\nbody\n");
  port.put("/state/d.jsonl", '{"a":1}');
  port.put("/state/e.json", "");
  port.clock.pause(600_000);
  const report = recoveryOn({ port }).scanSync("/state");
  assert.deepEqual(
    report.findings.map(({ path, position }) => [path, position?.line, position?.column]),
    [
      ["/state/a.json", 2, 3],
      ["/state/e.json", undefined, undefined],
    ],
  );
  assert.equal(report.documents, 5);
});

test("a long scan lets others run, and does not wait for anybody else", async (t) => {
  const slow = registerFormat({
    name: "slow",
    match: "*.slow",
    validate() {
      const end = performance.now() + 2;
      while (performance.now() < end);
      return undefined;
    },
  });
  t.after(slow);
  const port = memoryPort();
  for (let at = 0; at < 60; at += 1) port.put(`/state/a${at}.slow`, "x");
  let turns = 0;
  let going = true;
  const turn = (): void => {
    turns += 1;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  const report = await recoveryOn({ port }).scan("/state");
  going = false;
  assert.equal(report.documents, 60);
  assert.ok(turns >= 8, `120 ms of work let others run ${turns} times`);
});

test("what is too large to parse is not taken into memory, and nothing is said against it", (t) => {
  const place = folder(t);
  const path = join(place, "large.txt");
  writeFileSync(path, "");
  // Zeros, which a smaller text would be found corrupt for.
  truncateSync(path, 128 * 1024 * 1024 + 1);
  const recorded = recordCalls(nodePort);
  const report = recoveryOn({ port: recorded }).scanSync(place);
  assert.deepEqual(report.counts, {});
  const pieces = recorded.calls.flatMap(({ verb, args }) =>
    verb === "read" ? [(args[1] as Uint8Array).byteLength] : [],
  );
  assert.ok(Math.max(...pieces) <= 16 * 1024 * 1024, `${Math.max(...pieces)} bytes at once`);
});
