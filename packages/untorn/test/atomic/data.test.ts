import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, createReadStream, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { readFile, writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import type { Data } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { interceptPort } from "../../src/testing/index.ts";
import { folder, openDescriptors, unexpected } from "./support/places.ts";

const raw = Uint8Array.from({ length: 64 }, (_, index) => (index * 37 + 11) % 251);

const kinds = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

test("typed arrays of every kind are written byte for byte, also from the middle of their buffer", async (t) => {
  const path = join(folder(t), "file");
  for (const Kind of kinds) {
    const { buffer } = raw.slice();
    for (const [data, expected] of [
      [new Kind(buffer), raw],
      [new Kind(buffer, 16, 3), raw.subarray(16, 16 + 3 * Kind.BYTES_PER_ELEMENT)],
      [new DataView(buffer, 5, 7), raw.subarray(5, 12)],
    ] as const) {
      const receipt = await writeFile(path, data);
      assert.equal(receipt.bytes, expected.byteLength, Kind.name);
      assert.deepEqual(new Uint8Array(readFileSync(path)), expected, Kind.name);
      untornSync(path, "x");
      untornSync(path, data);
      assert.deepEqual(new Uint8Array(readFileSync(path)), expected, Kind.name);
    }
  }
});

async function* later(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const chunk of chunks) {
    await new Promise((resolve) => void setImmediate(resolve));
    yield chunk;
  }
}

function* now(): Generator<string | Uint8Array> {
  yield "é";
  yield Uint8Array.of(0xe2, 0x82);
  yield Uint8Array.of(0xac);
}

const shared = new SharedArrayBuffer(6);
new Uint8Array(shared).set(Buffer.from("é€!"));

const sources: readonly [name: string, data: () => Data, expected: string][] = [
  ["text", () => "é€\u{1F600}", "é€\u{1F600}"],
  ["an empty text", () => "", ""],
  ["an ArrayBuffer", () => new Uint8Array(Buffer.from("é€!")).buffer, "é€!"],
  ["a SharedArrayBuffer", () => shared, "é€!"],
  ["a view of a SharedArrayBuffer", () => new Uint16Array(shared, 2, 1), Buffer.from(shared, 2, 2).toString()],
  ["a Blob", () => new Blob(["é", Buffer.from("€")]), "é€"],
  ["an array of chunks", () => ["é", Buffer.from("€"), new Uint8Array(0)], "é€"],
  [
    "an array of more chunks than a call takes arguments",
    () => Array.from({ length: 200_000 }, () => "x"),
    "x".repeat(200_000),
  ],
  ["a generator", now, "é€"],
  ["a Set", () => new Set(["a", "b"]), "ab"],
  ["an asynchronous generator", () => later(["é", Buffer.from("€"), ""]), "é€"],
  ["a Node stream", () => Readable.from([Buffer.from("é"), Buffer.from("€")]), "é€"],
  ["a transform", () => Readable.from(["x"]).pipe(new Transform({ transform: (c, _e, done) => done(null, c) })), "x"],
  ["a web stream", () => new Blob(["é€"]).stream(), "é€"],
  ["a stream of nothing", () => Readable.from([]), ""],
];

for (const [name, data, expected] of sources) {
  test(`writes ${name}`, async (t) => {
    const place = folder(t);
    const path = join(place, "file");
    writeFileSync(path, "old content that is longer than the new one");
    const receipt = await writeFile(path, data());
    const bytes = readFileSync(path);
    if (!name.startsWith("a view")) assert.equal(bytes.toString(), expected);
    else assert.deepEqual(bytes, Buffer.from(shared, 2, 2));
    assert.equal(receipt.bytes, bytes.byteLength);
    assert.equal(receipt.etag, createHash("sha256").update(bytes).digest("hex"));
    assert.deepEqual(unexpected(place, ["file"]), []);
  });
}

test("a producer may use its buffer again for the next chunk", async (t) => {
  const path = join(folder(t), "file");
  const buffer = new Uint8Array(1000);
  const whole = Buffer.concat(Array.from({ length: 3000 }, (_, index) => Buffer.alloc(1000, index % 256)));
  async function* reusing(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < 3000; index += 1) yield buffer.fill(index % 256);
  }
  const receipt = await writeFile(path, reusing());
  assert.ok(readFileSync(path).equals(whole));
  assert.equal(receipt.etag, createHash("sha256").update(whole).digest("hex"));
});

test("bytes that change while the call waits for its turn are written as they were", async (t) => {
  const path = join(folder(t), "file");
  const bytes = Buffer.from("one");
  const calls = [writeFile(path, "first"), writeFile(path, bytes)];
  bytes.write("TWO");
  const [, second] = await Promise.all(calls);
  assert.equal(readFileSync(path, "utf8"), "one");
  assert.equal(second?.etag, createHash("sha256").update("one").digest("hex"));
});

test("shared memory is copied: another thread may change it between the digest and the write", (t) => {
  const path = join(folder(t), "file");
  for (const data of [new SharedArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(8))]) {
    const view = data instanceof Uint8Array ? data : new Uint8Array(data);
    const port = interceptPort(nodePort, {
      before({ verb }) {
        if (verb === "write") view.fill(1);
        return undefined;
      },
    });
    const { etag } = new Files(port).writeFileSync(path, data);
    assert.deepEqual(readFileSync(path), Buffer.alloc(8));
    assert.equal(etag, createHash("sha256").update(Buffer.alloc(8)).digest("hex"));
  }
});

test("text that its encoding cannot express is refused, and what it can is written", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  for (const [text, encoding] of [
    ["\ud83d", "utf8"],
    ["a\udc00b", "utf-8"],
    ["zz", "hex"],
    ["abc", "hex"],
    ["n?", "base64"],
    ["€", "latin1"],
    ["é", "ascii"],
  ] as const) {
    await assert.rejects(writeFile(path, text, { encoding }), { code: "UNTORN_INVALID_ARGUMENT" }, encoding);
  }
  assert.equal(existsSync(path), false);
  for (const [text, encoding, bytes] of [
    ["\u{1F600}", "utf8", [0xf0, 0x9f, 0x98, 0x80]],
    ["C0fe", "hex", [0xc0, 0xfe]],
    ["_-8=", "base64url", [0xff, 0xef]],
    ["/+8=", "base64", [0xff, 0xef]],
    ["/+8", "base64", [0xff, 0xef]],
    ["é", "latin1", [0xe9]],
    ["é", "utf16le", [0xe9, 0]],
  ] as const) {
    await writeFile(path, text, { encoding });
    assert.deepEqual([...readFileSync(path)], [...bytes], encoding);
  }
});

test("what cannot be written is refused before anything is touched", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  for (const data of [undefined, null, 7, true, {}, [1, 2], Symbol("x"), () => "x"] as unknown as Data[]) {
    await assert.rejects(writeFile(path, data), { code: "UNTORN_INVALID_ARGUMENT", phase: "arguments" });
    assert.throws(() => untornSync(path, data), { code: "UNTORN_INVALID_ARGUMENT" });
  }
  for (const data of [new Blob(["x"]), Readable.from(["x"]), later(["x"])]) {
    assert.throws(() => untornSync(path, data), { code: "UNTORN_INVALID_ARGUMENT", message: /asynchronous/ });
  }
  assert.deepEqual(unexpected(place, []), []);
});

async function* failing(): AsyncGenerator<string> {
  yield "half";
  throw new Error("the producer broke");
}

function ended(): Readable {
  const stream = Readable.from(["x"]);
  stream.destroy();
  return stream;
}

function closing(): Readable {
  let count = 0;
  return new Readable({
    read() {
      count += 1;
      if (count < 3) this.push("half");
      else this.destroy();
    },
  });
}

const broken: readonly [name: string, data: () => Data | Promise<Data>, code: string][] = [
  ["fails", failing, "UNTORN_SOURCE"],
  ["fails as a stream", () => Readable.from(failing()), "UNTORN_SOURCE"],
  ["fails as a web stream", () => new ReadableStream({ pull: () => Promise.reject(new Error("no")) }), "UNTORN_SOURCE"],
  ["closes early", closing, "UNTORN_SOURCE"],
  ["was closed before", ended, "UNTORN_SOURCE"],
  ["was read by somebody else", usedUp, "UNTORN_SOURCE"],
  ["is a locked web stream", lockedStream, "UNTORN_SOURCE"],
  ["yields a number", () => later(["a", 5 as unknown as string]), "UNTORN_INVALID_ARGUMENT"],
  ["yields null", () => [null] as unknown as Data, "UNTORN_INVALID_ARGUMENT"],
];

async function usedUp(): Promise<Readable> {
  const stream = Readable.from(["x"]);
  await stream.toArray();
  return stream;
}

function lockedStream(): Data {
  const stream = new Blob(["x"]).stream();
  stream.getReader();
  return stream;
}

for (const [name, data, code] of broken) {
  test(`a source that ${name} leaves the old content, no temp and no handle`, async (t) => {
    const place = folder(t);
    const path = join(place, "file");
    writeFileSync(path, "old");
    const before = openDescriptors();
    await assert.rejects(writeFile(path, await data()), { code, outcome: "unchanged" });
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(unexpected(place, ["file"]), []);
    assert.equal(openDescriptors(), before);
  });
}

test("a stream is destroyed when the call fails, at whatever point", async (t) => {
  const place = folder(t);
  const input = join(place, "input");
  writeFileSync(input, "x".repeat(300_000));
  const before = openDescriptors();
  const stopped = AbortSignal.abort();
  for (const [path, options] of [
    [join(place, "missing/file"), {}],
    [place, {}],
    [join(place, "input"), { ifAbsent: true }],
    [join(place, "file"), { signal: stopped }],
    [join(place, "file"), { ifAbsent: true, ifMatch: "0".repeat(64) }],
  ] as const) {
    const stream = createReadStream(input);
    await new Promise((resolve) => void stream.once("open", resolve));
    await assert.rejects(writeFile(path, stream, options));
    assert.equal(stream.destroyed, true);
    await new Promise((resolve) => void (stream.closed ? resolve(null) : stream.once("close", () => resolve(null))));
  }
  assert.equal(openDescriptors(), before);
});

test("a source is told to stop when the call fails in the middle", async (t) => {
  const place = folder(t);
  let told = 0;
  function* endless(): Generator {
    try {
      yield "x";
      yield 5;
      yield "never asked for";
    } finally {
      told += 1;
    }
  }
  assert.throws(() => untornSync(join(place, "file"), endless() as Generator<string>), {
    code: "UNTORN_INVALID_ARGUMENT",
  });
  await assert.rejects(writeFile(join(place, "file"), endless() as Generator<string>));
  assert.equal(told, 2);
  assert.deepEqual(unexpected(place, []), []);
});

test("the error of a source is the cause of the call's", async (t) => {
  const path = join(folder(t), "file");
  const error = await writeFile(path, failing()).catch((thrown: unknown) => thrown as Error);
  assert.equal(((error as Error).cause as Error).message, "the producer broke");
});

test("a file that is copied through a stream is the same, megabytes of it", async (t) => {
  const place = folder(t);
  const bytes = Buffer.alloc(5 * 1024 * 1024 + 17);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = (index * 31) >> 3;
  writeFileSync(join(place, "input"), bytes);
  await writeFile(join(place, "output"), createReadStream(join(place, "input"), { highWaterMark: 70_000 }));
  assert.ok(bytes.equals((await readFile(join(place, "output"))).data));
  closeSync(openSync(join(place, "output"), "r"));
});
