import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { test } from "node:test";
import { decode, writeAll } from "../../src/atomic/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { call, runSync } from "../../src/protocol/index.ts";
import type { Protocol } from "../../src/protocol/index.ts";
import { memoryPort } from "../../src/testing/index.ts";
import { readSettled } from "../../src/update/settled-read.ts";

/** A machine with a corrupt file that has just been written, whose clock is set back by an hour at the first pause. */
function machine(): { readonly port: Port; readonly waitedMs: () => number } {
  const memory = memoryPort();
  runSync(memory, put("/f.json", "{bad"));
  const start = memory.clock.now();
  let waited = 0;
  const clock = {
    now: () => start + waited - (waited > 0 ? 3_600_000 : 0),
    pause: (ms: number) => void (waited += ms),
    later: () => Promise.reject(new Error("nothing is asynchronous here")),
  };
  return { port: Object.create(memory, { clock: { value: clock } }) as Port, waitedMs: () => waited };
}

function* put(path: string, text: string): Protocol<void> {
  const handle = yield* call("open", path, "create", 0o644);
  yield* writeAll(handle, Buffer.from(text), () => {}, path);
  yield* call("close", handle);
}

test("a clock that is set back while a corrupt file is looked at does not make the look longer than a second", () => {
  const { port, waitedMs } = machine();
  const read = readSettled(port, "/f.json", (bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown);
  assert.throws(() => runSync(port, read), SyntaxError);
  assert.ok(waitedMs() <= 1_100, `${waitedMs()}`);
});

test("a text that is longer than JavaScript's strings is not taken for a corrupt one", (t) => {
  if (constants.MAX_STRING_LENGTH > 2 ** 29) return t.skip("strings are longer here");
  const bytes = Buffer.alloc(2 ** 29, "a");
  assert.throws(() => decode(bytes, "large.txt"), { code: "UNTORN_UNSUPPORTED", outcome: "unchanged" });
});
