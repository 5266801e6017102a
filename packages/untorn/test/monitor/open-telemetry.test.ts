import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TestContext } from "node:test";
import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import type { DataPoint, Histogram } from "@opentelemetry/sdk-metrics";
import { recover, updateFile, writeFile } from "../../src/index.ts";
import { startMonitor } from "../../src/monitor.ts";
import type { Metric, Monitor } from "../../src/monitor.ts";

/** The SDK of an application: what it would export, kept in memory. */
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const provider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(provider);
after(() => provider.shutdown());

async function work(t: TestContext): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "untorn-otel-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "a.json");
  await writeFile(path, "{}");
  await writeFile(path, '{"a":1}', { durability: "off" });
  await assert.rejects(writeFile(path, "{}", { ifAbsent: true }));
  await updateFile(path, () => '{"a":2}');
  await writeFile(join(folder, "b.json.tmp"), "{}");
  await recover(folder, { apply: true, quietMs: 0 });
}

interface Exported {
  readonly unit: string;
  readonly description: string;
  /** By the labels in JSON: the counter's value, or count and sum of the histogram. */
  readonly points: ReadonlyMap<string, readonly number[]>;
}

async function exported(): Promise<Map<string, Exported>> {
  await reader.forceFlush();
  const found = new Map<string, Exported>();
  for (const { scope, metrics: all } of exporter.getMetrics().at(-1)?.scopeMetrics ?? []) {
    assert.equal(scope.name, "untorn");
    for (const { descriptor, dataPoints } of all) {
      const points = (dataPoints as DataPoint<number | Histogram>[]).map(({ attributes, value }) => {
        const numbers = typeof value === "number" ? [value] : [value.count, value.sum ?? Number.NaN];
        return [JSON.stringify(attributes), numbers] as const;
      });
      const { name, unit, description } = descriptor;
      found.set(name, { unit, description, points: new Map(points) });
    }
  }
  return found;
}

const nameOf = ({ name }: Metric): string =>
  name
    .replace(/_total$/, "")
    .replace(/_seconds$/, "_duration")
    .replaceAll("_", ".");

async function agree(monitor: Monitor): Promise<void> {
  const own = monitor.snapshot();
  const theirs = await exported();
  assert.deepEqual([...theirs.keys()].toSorted(), own.map(nameOf).toSorted());
  for (const metric of own) {
    const there = theirs.get(nameOf(metric));
    assert.equal(there?.description, metric.help);
    assert.equal(there?.unit, metric.type === "histogram" ? "s" : "");
    assert.equal(there?.points.size, metric.series.length);
    for (const series of metric.series) {
      const wanted = "value" in series ? [series.value] : [series.count, series.sum];
      assert.deepEqual(
        there?.points.get(JSON.stringify(series.labels)),
        wanted,
        `${metric.name} ${JSON.stringify(series.labels)}`,
      );
    }
  }
}

test("an application's OpenTelemetry SDK exports what the monitor counted, from the first call on", async (t) => {
  const monitor = startMonitor({ openTelemetry: true });
  t.after(monitor.stop);
  await work(t);
  await agree(monitor);
  const writes = (await exported()).get("untorn.writes");
  assert.equal(writes?.points.get('{"operation":"replace","outcome":"failed","durability":"full"}')?.[0], 1);
  assert.equal(writes?.points.get('{"operation":"replace","outcome":"written","durability":"off"}')?.[0], 1);
  monitor.stop();
  const before = JSON.stringify([...(await exported()).keys()]);
  await work(t);
  assert.equal(JSON.stringify([...(await exported()).keys()]), before);
  assert.equal(
    (await exported())
      .get("untorn.writes")
      ?.points.get('{"operation":"replace","outcome":"written","durability":"off"}')?.[0],
    1,
  );
});

test("a meter that is handed over is one of the API, and its instruments are made once", async (t) => {
  const own = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const flush = new PeriodicExportingMetricReader({ exporter: own, exportIntervalMillis: 3_600_000 });
  const mine = new MeterProvider({ readers: [flush] });
  t.after(() => mine.shutdown());
  const monitor = startMonitor({ meter: mine.getMeter("untorn") });
  t.after(monitor.stop);
  await work(t);
  await flush.forceFlush();
  const names =
    own
      .getMetrics()
      .at(-1)
      ?.scopeMetrics[0]?.metrics.map(({ descriptor }) => descriptor.name) ?? [];
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names.toSorted(), monitor.snapshot().map(nameOf).toSorted());
});

test("without the package in reach the monitor counts all the same", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "untorn-otel-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const hook = `export const resolve = async (name, context, next) => {
    if (name === "@opentelemetry/api") throw Object.assign(new Error("none"), { code: "ERR_MODULE_NOT_FOUND" });
    return next(name, context);
  };`;
  const from = (name: string): string => JSON.stringify(new URL(`../../src/${name}.js`, import.meta.url).href);
  const program = `
    import { register } from "node:module";
    register("data:text/javascript,${encodeURIComponent(hook)}");
    const { startMonitor } = await import(${from("monitor")});
    const { writeFile } = await import(${from("index")});
    const monitor = startMonitor({ openTelemetry: true });
    await writeFile(${JSON.stringify(join(folder, "a.json"))}, "{}");
    await new Promise((resolve) => setTimeout(resolve, 100));
    console.log(monitor.snapshot()[0].series[0].value);`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  assert.deepEqual([child.stdout, child.status], ["1\n", 0], child.stderr);
});
