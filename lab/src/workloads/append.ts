import { parseLines } from "../untorn.ts";
import { contentAt, contentOf, mustWork } from "./workload.ts";
import type { Place, Workload } from "./workload.ts";

const log = ({ folder }: Place): string => `${folder}/events.jsonl`;
const record = (version: number): string => `${JSON.stringify({ version, note: contentOf(version) })}\n`;
const append = (place: Place, version: number): Promise<unknown> =>
  place.calls.appender.append(log(place), Buffer.from(record(version)), {});

/** Records are added to a log. After the power cut one more is, and it must not be glued to what was cut off. */
export const appendRecords: Workload = {
  name: "append",
  setup: (place) => append(place, 0),
  step: append,
  async check(place, known) {
    const next = known.begun + 1;
    const stuck = await mustWork("the next append", () => append(place, next));
    if (stuck !== undefined) return stuck;
    const text = Buffer.from(contentAt(log(place)) ?? "", "latin1");
    const found: number[] = [];
    for (const line of parseLines(text, { path: log(place) })) {
      // A line that is not whole says so to every reader; it may only be one that had not returned.
      if (!line.ok) continue;
      const { version } = line.value as { version: number };
      if (`${text.toString("latin1", line.start, line.end).trimEnd()}\n` !== record(version)) {
        return { kind: "torn", detail: `record ${version} reads as good, and is not` };
      }
      found.push(version);
    }
    if (found.some((version, index) => index > 0 && version <= (found[index - 1] ?? 0))) {
      return { kind: "torn", detail: `records ${found.join(", ")}` };
    }
    for (let version = 0; version <= next; version += 1) {
      const asked = version <= known.returned || version === next;
      if (asked && !found.includes(version)) return { kind: "lost", detail: `record ${version} of ${known.returned}` };
    }
    return undefined;
  },
};
