import assert from "node:assert/strict";
import { test } from "node:test";
import { buckets, channels, Collector, measureWriteCost, prometheusText } from "../../src/monitor/index.ts";
import type { Measurement } from "../../src/monitor/index.ts";
import { faultPlan, memoryPort } from "../../src/testing/index.ts";

/** What the report of a channel is counted as. */
function measured(channel: keyof typeof channels, report: object): Record<string, number> {
  const count = channels[channel] as (report: never) => readonly Measurement[];
  return Object.fromEntries(count(report as never).map(({ name, value }) => [name, value]));
}

test("times are counted in seconds, and only what was done again as retries and conflicts", () => {
  const write = {
    operation: "replace",
    durability: "full",
    outcome: "written",
    bytes: 7,
    durationMs: 1500,
    phases: {},
  };
  assert.deepEqual(measured("untorn:write", { ...write, attempts: 3 }), {
    untorn_writes_total: 1,
    untorn_write_seconds: 1.5,
    untorn_write_bytes_total: 7,
    untorn_write_retries_total: 2,
  });
  assert.equal(measured("untorn:write", { ...write, attempts: 1 })["untorn_write_retries_total"], undefined);
  const phases = measured("untorn:write", { ...write, attempts: 1, phases: { sync: 250, commit: 0 } });
  assert.equal(phases["untorn_write_phase_seconds"], 0.25);
  assert.deepEqual(measured("untorn:update", { outcome: "updated", durationMs: 20, conflicts: 2 }), {
    untorn_updates_total: 1,
    untorn_update_seconds: 0.02,
    untorn_update_conflicts_total: 2,
  });
  const transaction = { outcome: "committed", durability: "full", durationMs: 40, written: 3, removed: 0, attempts: 2 };
  assert.deepEqual(measured("untorn:transaction", transaction), {
    untorn_transactions_total: 1,
    untorn_transaction_seconds: 0.04,
    untorn_transaction_files_total: 3,
    untorn_transaction_conflicts_total: 1,
  });
  assert.equal(measured("untorn:lock", { outcome: "acquired", waitMs: 30 })["untorn_lock_wait_seconds"], 0.03);
  const released = { outcome: "released", waitMs: 30, holdMs: 2000 };
  assert.deepEqual(measured("untorn:lock", released), { untorn_locks_total: 1, untorn_lock_hold_seconds: 2 });
});

test("a time is in every bucket that it fits in, one above all of them only in the whole; a snapshot does not go on", () => {
  const collector = new Collector();
  const add = (value: number): void => collector.add({ name: "untorn_update_seconds", value, labels: {} });
  for (const value of [0, 0.001, 0.3, 10, 11]) add(value);
  const [metric] = collector.snapshot();
  add(1);
  const [series] = metric?.series ?? [];
  assert.ok(series !== undefined && "atMost" in series);
  assert.deepEqual([series.count, Math.round(series.sum * 1000)], [5, 21_301]);
  assert.deepEqual(
    series.atMost,
    buckets.map((most) => [0, 0.001, 0.3, 10, 11].filter((value) => value <= most).length),
  );
  const lines = prometheusText(metric === undefined ? [] : [metric]).split("\n");
  for (const line of [
    'untorn_update_seconds_bucket{le="10"} 4',
    'untorn_update_seconds_bucket{le="+Inf"} 5',
    "untorn_update_seconds_count 5",
  ])
    assert.ok(lines.includes(line), line);
});

test("what stands in a label's value cannot end it", () => {
  const collector = new Collector();
  collector.add({ name: "untorn_refusals_total", value: 1, labels: { operation: 'a\\"\n', code: "X" } });
  assert.match(prometheusText(collector.snapshot()), /\{operation="a\\\\\\"\\n",code="X"\} 1\n$/);
});

test("a measurement of what a write costs leaves nothing behind, also where it fails", async () => {
  for (const fails of [false, true]) {
    const port = memoryPort();
    port.putDirectory("/s");
    const plan = faultPlan(port, { fail: "EIO", when: ({ verb }) => fails && verb === "rename" });
    const cost = measureWriteCost(plan, "/s", 2);
    if (fails) await assert.rejects(cost);
    else assert.equal((await cost).rounds, 2);
    assert.deepEqual(port.tree(), { "/s": null });
  }
});
