import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import type { Data, UntornError } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { interceptPort } from "../../src/testing/index.ts";
import { folder, openDescriptors, unexpected } from "./support/places.ts";

const aborted = { code: "UNTORN_ABORTED", outcome: "unchanged" };

test("aborted before: nothing is touched, and the reason is the cause", async (t) => {
  const place = folder(t);
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(writeFile(join(place, "file"), "x", { signal }), { ...aborted, cause: reason });
  assert.throws(() => untornSync(join(place, "file"), "x", { signal }), { ...aborted, cause: reason });
  assert.deepEqual(unexpected(place, []), []);
});

test("aborted in the queue: the call is answered at once and never begins; those around it do", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  const control = new AbortController();
  let ended = 0;
  const first = writeFile(path, "1").then(() => (ended += 1));
  const stream = Readable.from(["2"]);
  const second = writeFile(path, stream, { signal: control.signal });
  const third = writeFile(path, "3", { signal: control.signal });
  const last = writeFile(path, "4");
  control.abort();
  await assert.rejects(second, aborted);
  await assert.rejects(third, aborted);
  assert.equal(ended, 0);
  assert.equal(stream.destroyed, true);
  await Promise.all([first, last]);
  assert.equal(readFileSync(path, "utf8"), "4");
});

test("aborted at every single call: the old content before the commit, the new one after it", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  const seen = { unchanged: 0, replaced: 0 };
  for (let at = 1; at < 40; at += 1) {
    writeFileSync(path, "old");
    const control = new AbortController();
    let calls = 0;
    let renaming = false;
    let tooLate = true;
    const port = interceptPort(nodePort, {
      before(call) {
        calls = call.index;
        renaming ||= call.verb === "rename";
        if (call.index === at) {
          tooLate = renaming;
          control.abort();
        }
        return undefined;
      },
    });
    const before = openDescriptors();
    const error = await new Files(port)
      .writeFile(path, "new", { signal: control.signal })
      .then(() => undefined)
      .catch((thrown: unknown) => thrown as Error);
    // It is asked right before the commit, so nothing but the commit itself is too late.
    assert.equal(error === undefined, tooLate, `call ${at}`);
    if (error === undefined) {
      assert.equal(readFileSync(path, "utf8"), "new");
      seen.replaced += 1;
    } else {
      assert.equal((error as UntornError).code, aborted.code);
      assert.equal((error as UntornError).outcome, aborted.outcome);
      assert.equal(readFileSync(path, "utf8"), "old");
      seen.unchanged += 1;
    }
    assert.deepEqual(unexpected(place, ["file"]), []);
    assert.equal(openDescriptors(), before);
    if (calls < at) break;
  }
  assert.ok(seen.unchanged >= 5, `aborted ${seen.unchanged} times`);
  assert.ok(seen.replaced >= 2, `completed ${seen.replaced} times`);
});

test("a long write stops between two of its pieces", async (t) => {
  const place = folder(t);
  const control = new AbortController();
  let writes = 0;
  const port = interceptPort(nodePort, {
    before(call) {
      if (call.verb === "write" && (writes += 1) === 2) control.abort();
      return undefined;
    },
  });
  const data = Buffer.alloc(80 * 1024 * 1024);
  await assert.rejects(new Files(port).writeFile(join(place, "file"), data, { signal: control.signal }), aborted);
  assert.equal(writes, 2);
  assert.deepEqual(unexpected(place, []), []);
});

const silent: readonly [string, () => Data][] = [
  ["an iterator", () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) })],
  ["a Node stream", () => new Readable({ read() {} })],
  ["a web stream", () => new ReadableStream({ pull: () => new Promise(() => {}) })],
];

for (const [name, data] of silent) {
  test(`${name} that never answers does not keep an aborted call`, async (t) => {
    const place = folder(t);
    const before = openDescriptors();
    const source = data();
    const control = new AbortController();
    setTimeout(() => control.abort(), 20);
    const call = writeFile(join(place, "file"), source, { signal: control.signal });
    await assert.rejects(call, aborted);
    assert.equal(existsSync(join(place, "file")), false);
    assert.deepEqual(unexpected(place, []), []);
    assert.equal(openDescriptors(), before);
    if (source instanceof Readable) assert.equal(source.destroyed, true);
  });
}

test("a signal that fires after the call is no concern of anybody's", async (t) => {
  const path = join(folder(t), "file");
  const control = new AbortController();
  for (let count = 0; count < 20; count += 1) await writeFile(path, `${count}`, { signal: control.signal });
  control.abort();
  assert.equal(readFileSync(path, "utf8"), "19");
});
