export { buckets, Collector } from "./collector.ts";
export type { CounterSeries, HistogramSeries, Metric } from "./collector.ts";
export { channels, metrics } from "./measurements.ts";
export type { Labels, Measurement, MetricName } from "./measurements.ts";
export { toMeter } from "./open-telemetry.ts";
export type { MeterLike } from "./open-telemetry.ts";
export { gaugesText, prometheusContentType, prometheusText } from "./prometheus.ts";
export type { Gauge } from "./prometheus.ts";
