import assert from "node:assert/strict";
import { test } from "node:test";
import { call, pause, pull, runAsync, runSync, Stepper, together } from "../../src/protocol/index.ts";
import type { Protocol } from "../../src/protocol/index.ts";
import { memoryPort } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";

/** Every way to run a protocol; what the asynchronous one does at once the others do one after the other. */
const drivers: readonly (readonly [string, (port: MemoryPort, protocol: Protocol<unknown>) => unknown])[] = [
  ["async", (port, protocol) => runAsync(port, protocol)],
  ["sync", (port, protocol) => runSync(port, protocol)],
  [
    "step by step",
    (port, protocol) => {
      const stepper = new Stepper(port, protocol);
      while (stepper.pending !== undefined) stepper.advance();
      return stepper.result;
    },
  ],
];

for (const [name, run] of drivers) {
  test(`${name}: of parts side by side all end, also when one fails; the first error is told`, async () => {
    const port = memoryPort();
    const ended: string[] = [];
    const part = function* (what: string, work: () => Protocol<unknown>): Protocol<string> {
      try {
        yield* work();
      } finally {
        // What one part has open must not be closed under another, so this has to be done before the whole returns.
        yield* pause(5);
        yield* call("fsync", port.fs.open(`/${what}`, "create", 0o600));
        ended.push(what);
      }
      return what;
    };
    const missing = (): Protocol<unknown> => call("readdir", "/missing");
    const good = (): Protocol<unknown> => call("syncDirectory", "/");
    const whole = async (protocol: Protocol<unknown>): Promise<unknown> => await run(port, protocol);
    await assert.rejects(
      whole(together([part("a", missing), part("b", good), part("c", () => call("rmdir", "/x"))])),
      /readdir|scandir/,
    );
    assert.deepEqual(ended.toSorted(), ["a", "b", "c"]);
    assert.deepEqual(await whole(together([part("d", good), part("e", good)])), ["d", "e"]);
  });
}

test("a synchronous call cannot wait for data that comes later, and says so", () => {
  const port = memoryPort();
  assert.throws(
    () =>
      runSync(
        port,
        pull(() => Promise.reject(new Error("nobody waits for it")), "/file"),
      ),
    { code: "UNTORN_INVALID_ARGUMENT", path: "/file", message: /returned a promise/ },
  );
});
