import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodePort } from "../../src/platform/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { openStoreOn } from "../../src/store/index.ts";

test("what another program writes is seen although the clock was set back", { timeout: 20_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "untorn-store-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  let shiftMs = 0;
  const clock = { ...nodePort.clock, now: () => nodePort.clock.now() - shiftMs };
  const port = Object.create(nodePort, { clock: { value: clock } }) as Port;
  const store = await openStoreOn(port, folder, { pollMs: 20 });
  t.after(() => store.close());
  const events = store.watch("")[Symbol.asyncIterator]();
  const first = events.next();
  await new Promise((resolve) => void setTimeout(resolve, 100));
  shiftMs = 3_600_000;
  writeFileSync(join(folder, "a.txt"), "hers");
  const signal = AbortSignal.timeout(5_000);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("not seen in 5 s")));
  });
  assert.equal((await Promise.race([first, late])).value?.key, "a.txt");
});
