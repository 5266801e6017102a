import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { assertCrashSafe } from "../../src/testing/index.ts";
import { updatesOn } from "../../src/update/index.ts";
import { folder, textAt } from "./core-checks.ts";

const counter = `${folder}/counter.txt`;

const increment = (text: string | undefined): string => `${Number(text ?? "0") + 1}\n`;

test("no update that has returned is lost, and the lock of a crashed process stops nobody (G2, G6)", async () => {
  const report = await assertCrashSafe<number>({
    setup: (port) => port.put(counter, "0\n"),
    async workload(port, run) {
      // Two processes, in turn and at once.
      const [one, other] = [updatesOn(new Files(port)), updatesOn(new Files(port.anotherProcess()))];
      run.call(1, () => one.updateFileSync(counter, increment));
      await run.call(2, () => other.updateFile(counter, increment));
      const third = run.call(3, () => one.updateFile(counter, increment));
      const fourth = run.call(4, () => other.updateFile(counter, increment));
      await Promise.all([third, fourth]);
    },
    check(port, knowledge) {
      const text = textAt(port, counter) ?? "";
      assert.match(text, /^[0-4]\n$/);
      const count = Number(text);
      assert.ok(
        count >= knowledge.returned.length,
        `lost: ${knowledge.returned.length} have returned, ${count} are there`,
      );
      assert.ok(count <= knowledge.begun.length);
      updatesOn(new Files(port)).updateFileSync(counter, increment);
      assert.equal(textAt(port, counter), `${count + 1}\n`);
    },
    states: 1_500,
  });
  assert.ok(report.states > 200, `${report.states} states`);
});
