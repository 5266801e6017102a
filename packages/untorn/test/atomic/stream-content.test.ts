import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeStream } from "../../src/atomic/stream-content.ts";
import type { Stream } from "../../src/atomic/stream-content.ts";
import { pull, runAsync, runSync, Stepper } from "../../src/protocol/index.ts";
import type { Protocol } from "../../src/protocol/index.ts";
import { faultPlan, memoryPort, SeededRandom } from "../../src/testing/index.ts";

const MiB = 1024 * 1024;
const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);

/** A producer that has one buffer for all its pieces and overwrites it as soon as it is asked for the next. */
function reusing(sizes: readonly number[], later: boolean): Stream["next"] {
  const buffer = new Uint8Array(Math.max(1, ...sizes));
  let index = 0;
  const piece = (): Uint8Array | undefined => {
    const size = sizes[index];
    if (size === undefined) return undefined;
    index += 1;
    return buffer.fill(index % 251).subarray(0, size);
  };
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  return () =>
    pull<Uint8Array | undefined>(() => {
      buffer.fill(255);
      return later ? turn().then(piece) : piece();
    });
}

const expected = (sizes: readonly number[]): Buffer =>
  Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, (index + 1) % 251)));

/** Takes a copy of what is written only some turns later, as a thread of the pool would. */
function sink(later: boolean): { readonly write: Stream["write"]; readonly content: () => Buffer } {
  const pieces: Buffer[] = [];
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
  return {
    content: () => Buffer.concat(pieces),
    write: (bytes) => {
      const keep = (): void => void pieces.push(Buffer.from(bytes));
      return pull(() => (later ? turn().then(keep) : keep()));
    },
  };
}

test(`every byte arrives once and in order, whatever the sizes of the pieces (UNTORN_SEED=${seed})`, async () => {
  const random = new SeededRandom(seed);
  const someSizes = [0, 1, 64 * 1024, 256 * 1024 - 1, 256 * 1024, MiB - 1, MiB, MiB + 1, 17 * MiB];
  for (let round = 0; round < 40; round += 1) {
    const count = random.below(12);
    const sizes = Array.from({ length: count }, () =>
      random.below(2) === 0 ? random.below(300 * 1024) : (someSizes[random.below(someSizes.length - 1)] ?? 0),
    );
    if (round === 0) sizes.push(17 * MiB);
    if (round % 4 === 1) sizes.push(...Array.from({ length: 50 }, () => 64 * 1024));
    const wanted = expected(sizes);
    const etag = createHash("sha256").update(wanted).digest("hex");
    for (const driver of ["async", "sync", "steps"] as const) {
      const later = driver === "async";
      const { write, content } = sink(later);
      const protocol = writeStream({ next: reusing(sizes, later), write, sync: undefined });
      const result = await run(driver, protocol);
      assert.deepEqual(result, { bytes: wanted.byteLength, etag }, `${driver}: ${sizes.join(" ")}`);
      assert.ok(content().equals(wanted), `${driver}: ${sizes.join(" ")}`);
    }
  }
});

async function run<T>(driver: "async" | "sync" | "steps", protocol: Protocol<T>): Promise<T> {
  const port = memoryPort();
  if (driver === "async") return runAsync(port, protocol);
  if (driver === "sync") return runSync(port, protocol);
  const stepper = new Stepper(port, protocol);
  while (stepper.pending !== undefined) stepper.advance();
  return stepper.result;
}

/** 200 MiB in pieces of 8 MiB, nothing kept. */
function large(failing: number): { readonly stream: Stream; readonly events: string[] } {
  const piece = new Uint8Array(8 * MiB);
  const events: string[] = [];
  let left = 25;
  let written = 0;
  let syncs = 0;
  return {
    events,
    stream: {
      next: () => pull(() => ((left -= 1) >= 0 ? piece : undefined)),
      write: (bytes) => pull(() => void (written += bytes.byteLength)),
      sync: () =>
        pull(() => {
          events.push(`sync at ${written / MiB} MiB`);
          if ((syncs += 1) === failing) throw Object.assign(new Error("EIO"), { code: "EIO" });
        }),
    },
  };
}

test("a long stream is synced as it comes, in every 64 MiB; the rest is left to the last sync", () => {
  const { stream, events } = large(0);
  const { bytes } = runSync(memoryPort(), writeStream(stream));
  assert.equal(bytes, 200 * MiB);
  assert.deepEqual(events, ["sync at 64 MiB", "sync at 128 MiB", "sync at 192 MiB"]);
});

test("a sync that fails on the way ends the stream with its error, long before the next part is written", async () => {
  const { stream, events } = large(2);
  let asked = 0;
  const next: Stream["next"] = () => {
    asked += 1;
    return pull(() => new Promise<void>((resolve) => void setImmediate(resolve)).then(() => new Uint8Array(8 * MiB)));
  };
  await assert.rejects(runAsync(memoryPort(), writeStream({ ...stream, next })), { code: "EIO" });
  assert.equal(events.length, 2);
  assert.ok(asked <= 18, `${asked} pieces were asked for`);
});

test("a write that fails is reported at once, also where the producer has nothing more to give for now", async () => {
  let asked = 0;
  const stream: Stream = {
    next: () =>
      pull<Uint8Array>(() => {
        asked += 1;
        return asked === 1 ? new Uint8Array(MiB) : new Promise<Uint8Array>(() => {});
      }),
    write: () =>
      pull<void>(() => {
        throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      }),
    sync: undefined,
  };
  await assert.rejects(runAsync(memoryPort(), writeStream(stream)), { code: "ENOSPC" });
  assert.equal(asked, 1);
});

test("a sync that fails on the way is what is reported, also where the producer has nothing more to give", async () => {
  const port = faultPlan(memoryPort(), { fail: "EIO", when: ({ verb }) => verb === "fsync" });
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let left = 8; left > 0; left -= 1) yield new Uint8Array(8 * MiB);
    await new Promise(() => {});
  };
  const write = new Files(port).writeFile("/stream", pieces());
  await assert.rejects(write, { code: "UNTORN_IO", phase: "sync", outcome: "unchanged" });
  assert.equal(port.fs.lstat("/stream"), undefined);
});
