import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { absolute, checkOptions, optionNames } from "./atomic/index.ts";
import type { Receipt } from "./atomic/index.ts";
import { files } from "./machine.ts";
import {
  channels,
  Collector,
  measureWriteCost,
  prometheusContentType,
  prometheusText,
  toMeter,
} from "./monitor/index.ts";
import type { Measurement, MeterLike, Metric, WriteCost } from "./monitor/index.ts";

export { probeFolder } from "./platform/index.ts";
export type { Probe } from "./platform/index.ts";
export { gaugesText, prometheusContentType, prometheusText } from "./monitor/index.ts";
export type {
  CounterSeries,
  Gauge,
  HistogramSeries,
  Labels,
  MeterLike,
  Metric,
  MetricName,
  WriteCost,
} from "./monitor/index.ts";

/** Counts what the library does in this process, from when it is started until it is stopped. */
export interface Monitor extends Disposable {
  /** All metrics as they are now. */
  readonly snapshot: () => Metric[];
  /** All metrics in Prometheus' text-based exposition format. */
  readonly prometheus: () => string;
  /** Answers a scrape; for `http.createServer` or any framework that takes such a function. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Replaces a file with the metrics, for node_exporter's textfile collector: it reads whole files only. */
  readonly writeTextfile: (path: string) => Promise<Receipt>;
  readonly stop: () => void;
}

export interface MonitorOptions {
  /** Also hands every measurement to this meter: `metrics.getMeter("untorn")` of `@opentelemetry/api`. */
  readonly meter?: MeterLike;
  /** Also hands every measurement to the application's OpenTelemetry, if it has `@opentelemetry/api`. Default `false`. */
  readonly openTelemetry?: boolean;
}

/**
 * Listens to the library's channels (`untorn:write`, `untorn:update`, `untorn:transaction`, `untorn:lock`, `untorn:recover`,
 * `untorn:refuse` of node:diagnostics_channel) and adds up what they tell: counters, and histograms in seconds. Memory is bounded: no path is kept.
 */
export function startMonitor(options: MonitorOptions = {}): Monitor {
  checkOptions("startMonitor", options, optionNames.monitor);
  const collector = new Collector();
  const sinks: ((measurement: Measurement) => void)[] = [(each) => collector.add(each)];
  if (options.meter !== undefined) sinks.push(toMeter(options.meter));
  else if (options.openTelemetry === true) sinks.push(toApplication());
  const listeners = Object.entries(channels).map(([name, measure]) => {
    const listener = (message: unknown): void => {
      for (const each of measure(message as never)) for (const sink of sinks) sink(each);
    };
    subscribe(name, listener);
    return { name, listener };
  });
  const stop = (): void => {
    for (const { name, listener } of listeners.splice(0)) unsubscribe(name, listener);
  };
  const prometheus = (): string => prometheusText(collector.snapshot());
  return {
    snapshot: () => collector.snapshot(),
    prometheus,
    handler: (_request, response) => {
      response.writeHead(200, { "content-type": prometheusContentType });
      response.end(prometheus());
    },
    writeTextfile: (path) => files.writeFile(path, prometheus(), { durability: "off" }),
    stop,
    [Symbol.dispose]: stop,
  };
}

/**
 * Measures what a replace of a 1 KiB file costs in a folder: plain (overwritten in place), and at each durability, as medians.
 * It makes a folder `.untorn-probe-...` there and removes it again.
 *
 * @throws UntornError, where nothing can be made there (UNTORN_PERMISSION, UNTORN_READ_ONLY, UNTORN_NOT_FOUND).
 */
export async function measureCost(folder: string, rounds?: number): Promise<WriteCost> {
  return measureWriteCost(files.port, absolute(folder), rounds);
}

/** What is measured before the API has been imported waits for it: at most so many numbers. */
const mostWaiting = 10_000;

function toApplication(): (measurement: Measurement) => void {
  let waiting: Measurement[] = [];
  let sink = (measurement: Measurement): void => {
    if (waiting.length < mostWaiting) waiting.push(measurement);
  };
  void applicationMeter().then((meter) => {
    sink = meter === undefined ? () => {} : toMeter(meter);
    for (const each of waiting) sink(each);
    waiting = [];
  });
  return (measurement) => sink(measurement);
}

/** The application's own copy of the API; `undefined` if it has none. */
async function applicationMeter(): Promise<MeterLike | undefined> {
  // The name is not written out, so that neither compilers nor bundlers ask for what is optional.
  const name = ["@opentelemetry", "api"].join("/");
  try {
    const api = (await import(name)) as { metrics?: { getMeter(name: string): MeterLike } };
    return api.metrics?.getMeter("untorn");
  } catch {
    return undefined;
  }
}
