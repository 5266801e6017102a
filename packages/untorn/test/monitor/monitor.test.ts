import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { lock, recover, updateFile, writeFile } from "../../src/index.ts";
import { startMonitor } from "../../src/monitor.ts";
import type { MeterLike, Monitor } from "../../src/monitor.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "untorn-monitor-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const valueOf = (monitor: Monitor, name: string, labels: Record<string, string> = {}): number => {
  const series = monitor.snapshot().find((metric) => metric.name === name)?.series ?? [];
  const found = series.filter((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value));
  return found.reduce((sum, each) => sum + ("value" in each ? each.value : each.count), 0);
};

async function work(folder: string): Promise<void> {
  const path = join(folder, "a.json");
  await writeFile(path, "{}");
  await writeFile(path, '{"a":1}', { durability: "off" });
  await writeFile(path, '{"a":1}', { skipUnchanged: true });
  await assert.rejects(writeFile(path, "{}", { ifAbsent: true }));
  await updateFile(path, () => '{"a":2}', { durability: "normal" });
  await assert.rejects(
    updateFile(path, () => {
      throw new Error("mine");
    }),
  );
  await (await lock(path)).release();
  writeFileSync(join(folder, "b.json.tmp"), "{}");
  await recover(folder, { apply: true, quietMs: 0 });
}

test("writes, updates, locks, recoveries and refusals are counted, with their phases", async (t) => {
  const monitor = startMonitor();
  t.after(monitor.stop);
  await work(folderFor(t));
  assert.equal(valueOf(monitor, "untorn_writes_total", { outcome: "written", durability: "full" }), 1);
  assert.equal(valueOf(monitor, "untorn_writes_total", { outcome: "written", durability: "off" }), 1);
  assert.equal(valueOf(monitor, "untorn_writes_total", { outcome: "written", durability: "normal" }), 1);
  assert.equal(valueOf(monitor, "untorn_writes_total", { outcome: "unchanged" }), 1);
  assert.equal(valueOf(monitor, "untorn_writes_total", { outcome: "failed" }), 1);
  assert.equal(valueOf(monitor, "untorn_write_bytes_total"), 2 + 7 + 7);
  assert.equal(valueOf(monitor, "untorn_write_phase_seconds", { phase: "sync", durability: "off" }), 0);
  assert.ok(valueOf(monitor, "untorn_write_phase_seconds", { phase: "sync", durability: "full" }) >= 1);
  assert.equal(valueOf(monitor, "untorn_write_phase_seconds", { phase: "commit", durability: "full" }), 1);
  assert.equal(valueOf(monitor, "untorn_updates_total", { outcome: "updated" }), 1);
  assert.equal(valueOf(monitor, "untorn_updates_total", { outcome: "failed" }), 1);
  assert.ok(valueOf(monitor, "untorn_locks_total", { outcome: "acquired" }) >= 4);
  assert.equal(valueOf(monitor, "untorn_recoveries_total", { kind: "adopt", outcome: "done" }), 1);
  assert.equal(valueOf(monitor, "untorn_refusals_total", { operation: "write", code: "UNTORN_EXISTS" }), 1);
});

test("the text for Prometheus: cumulative buckets, whole files for the textfile collector, an endpoint", async (t) => {
  const folder = folderFor(t);
  const monitor = startMonitor();
  await work(folder);
  monitor.stop();
  const before = monitor.prometheus();
  await writeFile(join(folder, "c.json"), "{}");
  assert.equal(monitor.prometheus(), before, "it counted on after it was stopped");
  assert.match(before, /^# TYPE untorn_writes_total counter$/m);
  assert.match(before, /^untorn_writes_total\{operation="replace",outcome="written",durability="full"\} 1$/m);
  const counts = [
    ...before.matchAll(/^untorn_write_seconds_bucket\{operation="replace",durability="full",le="([^"]+)"\} (\d+)$/gm),
  ];
  assert.equal(counts.at(-1)?.[1], "+Inf");
  const numbers = counts.map(([, , count]) => Number(count));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
  assert.match(
    before,
    new RegExp(`^untorn_write_seconds_count\\{operation="replace",durability="full"\\} ${numbers.at(-1)}$`, "m"),
  );
  for (const line of before.trimEnd().split("\n")) {
    assert.match(line, /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[^}]*\})? [0-9.e+-]+)$/);
  }
  await monitor.writeTextfile(join(folder, "untorn.prom"));
  assert.equal(readFileSync(join(folder, "untorn.prom"), "utf8"), before);
  const answer: unknown[] = [];
  const response = {
    writeHead: (...args: unknown[]) => answer.push(...args),
    end: (text: string) => answer.push(text),
  };
  monitor.handler({} as never, response as never);
  assert.equal(answer[0], 200);
  assert.equal(answer.at(-1), before);
});

test("an OpenTelemetry meter gets the same numbers", async (t) => {
  const got = new Map<string, number>();
  const add = (name: string) => (value: number) => void got.set(name, (got.get(name) ?? 0) + value);
  const meter: MeterLike = {
    createCounter: (name) => ({ add: add(name) }),
    createHistogram: (name, { unit }) => ({ record: add(`${name} (${unit})`) }),
  };
  const monitor = startMonitor({ meter });
  t.after(monitor.stop);
  await work(folderFor(t));
  assert.equal(got.get("untorn.writes"), 5);
  assert.equal(got.get("untorn.refusals"), valueOf(monitor, "untorn_refusals_total"));
  assert.ok((got.get("untorn.write.duration (s)") ?? 0) > 0);
});
