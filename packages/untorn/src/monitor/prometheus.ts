import { buckets } from "./collector.ts";
import type { Metric } from "./collector.ts";
import type { Labels } from "./measurements.ts";

/** The content type of `prometheusText` (Prometheus, text-based exposition format 0.0.4). */
export const prometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics in the text-based exposition format of Prometheus. */
export function prometheusText(metrics: readonly Metric[]): string {
  const lines: string[] = [];
  for (const { name, type, help, series } of metrics) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const each of series) {
      if ("value" in each) {
        lines.push(`${name}${shown(each.labels)} ${each.value}`);
        continue;
      }
      const { labels, atMost, count, sum } = each;
      buckets.forEach((le, at) => lines.push(`${name}_bucket${shown({ ...labels, le: String(le) })} ${atMost[at]}`));
      lines.push(`${name}_bucket${shown({ ...labels, le: "+Inf" })} ${count}`);
      lines.push(`${name}_sum${shown(labels)} ${sum}`, `${name}_count${shown(labels)} ${count}`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

function shown(labels: Labels): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return all.length === 0 ? "" : `{${all.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}

/** One value for Prometheus, for reports that are no counters. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Labels; readonly value: number }[];
}

/** Gauges in the same format. */
export function gaugesText(gauges: readonly Gauge[]): string {
  return gauges
    .flatMap(({ name, help, values }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...values.map(({ labels, value }) => `${name}${shown(labels)} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join("");
}
