import { metrics } from "./measurements.ts";
import type { Labels, Measurement, MetricName } from "./measurements.ts";

/** Upper bounds of the histograms' buckets, in seconds: a replace takes from a tenth of a millisecond to seconds. */
export const buckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
] as const;

/** One counter: its labels and how often it was counted. */
export interface CounterSeries {
  readonly labels: Labels;
  value: number;
}

/** One histogram: its labels, and how many values fell under each bound. */
export interface HistogramSeries {
  readonly labels: Labels;
  count: number;
  sum: number;
  /** How many values are at most as large as each of `buckets`. */
  readonly atMost: number[];
}

/** A metric with all its series. */
export interface Metric {
  readonly name: MetricName;
  readonly type: "counter" | "histogram";
  readonly help: string;
  readonly series: readonly (CounterSeries | HistogramSeries)[];
}

/** Adds measurements up. Its size is bounded: labels are outcomes, durabilities, phases, kinds and codes. */
export class Collector {
  readonly #series = new Map<MetricName, Map<string, CounterSeries | HistogramSeries>>();

  add({ name, value, labels }: Measurement): void {
    const all = this.#series.get(name) ?? new Map<string, CounterSeries | HistogramSeries>();
    this.#series.set(name, all);
    const key = JSON.stringify(labels);
    const [type] = metrics[name];
    let series = all.get(key);
    if (series === undefined) {
      series = type === "counter" ? { labels, value: 0 } : { labels, count: 0, sum: 0, atMost: buckets.map(() => 0) };
      all.set(key, series);
    }
    if ("value" in series) {
      series.value += value;
      return;
    }
    series.count += 1;
    series.sum += value;
    for (let at = buckets.length - 1; at >= 0 && value <= (buckets[at] as number); at -= 1) {
      series.atMost[at] = (series.atMost[at] ?? 0) + 1;
    }
  }

  /** A copy of everything, in the order in which the metrics are defined. */
  snapshot(): Metric[] {
    return Object.entries(metrics).flatMap(([name, [type, help]]) => {
      const all = this.#series.get(name as MetricName);
      if (all === undefined) return [];
      return [{ name: name as MetricName, type, help, series: structuredClone([...all.values()]) }];
    });
  }
}
