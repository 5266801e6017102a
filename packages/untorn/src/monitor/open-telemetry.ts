import { metrics } from "./measurements.ts";
import type { Labels, Measurement, MetricName } from "./measurements.ts";

/** The part of an OpenTelemetry `Meter` (@opentelemetry/api 1.x) that is used. */
export interface MeterLike {
  createCounter(
    name: string,
    options: { description: string; unit?: string },
  ): {
    add(value: number, attributes: Labels): void;
  };
  createHistogram(
    name: string,
    options: { description: string; unit?: string },
  ): {
    record(value: number, attributes: Labels): void;
  };
}

/** `untorn_write_seconds` is `untorn.write.duration` in seconds, and `untorn_writes_total` is `untorn.writes`, by their conventions. */
function instrumentName(name: MetricName): string {
  return name
    .replace(/_total$/, "")
    .replace(/_seconds$/, "_duration")
    .replaceAll("_", ".");
}

/** Hands measurements to a meter; its instruments are made when they are first needed. */
export function toMeter(meter: MeterLike): (measurement: Measurement) => void {
  const instruments = new Map<MetricName, (value: number, labels: Labels) => void>();
  return ({ name, value, labels }) => {
    let instrument = instruments.get(name);
    if (instrument === undefined) {
      const [type, description] = metrics[name];
      if (type === "counter") {
        const counter = meter.createCounter(instrumentName(name), { description });
        instrument = (amount, attributes) => counter.add(amount, attributes);
      } else {
        const histogram = meter.createHistogram(instrumentName(name), { description, unit: "s" });
        instrument = (amount, attributes) => histogram.record(amount, attributes);
      }
      instruments.set(name, instrument);
    }
    instrument(value, labels);
  };
}
