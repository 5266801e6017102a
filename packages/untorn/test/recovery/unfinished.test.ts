import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { faultPlan } from "../../src/testing/index.ts";
import { change, contents, freshPort } from "../transaction/two-files.ts";

/** A committed transaction that cannot be completed yet: nothing that it needs goes away before its cause is mended. */
test("what a committed transaction staged stays until it is completed", async () => {
  const port = freshPort();
  const immutable = (other: Port): Port =>
    faultPlan(other, { fail: "EPERM", when: ({ verb, args }) => verb === "rename" && args[1] === "/root/b.txt" });
  assert.throws(() => change(immutable(port)), { code: "UNTORN_INCOMPLETE" });
  const survivor = port.anotherProcess();
  port.kill();
  const recover = async (on: Port, apply: boolean): Promise<{ kind: string; path: string }[]> => [
    ...(await recoveryOn(new Files(on), [0]).recover("/root", { apply, quietMs: 0 })).actions,
  ];
  const staged = (): string[] =>
    Object.keys(survivor.tree())
      .filter((path) => path.endsWith(".part"))
      .toSorted();
  const before = staged();
  for (const apply of [false, true, true]) {
    const actions = await recover(immutable(survivor), apply);
    assert.deepEqual(
      actions.filter(({ path, kind }) => path.endsWith(".part") && kind !== "leave"),
      [],
      `apply: ${apply}`,
    );
  }
  assert.deepEqual(staged(), before);
  await recover(survivor, true);
  assert.equal(contents(survivor), "new a, new b");
  assert.deepEqual(staged(), []);
});

test("a staged file that is left under its second name only is as good", async () => {
  const port = freshPort();
  const failing = faultPlan(port, {
    fail: "EPERM",
    when: ({ verb, args }) => verb === "rename" && args[1] === "/root/b.txt",
  });
  assert.throws(() => change(failing), { code: "UNTORN_INCOMPLETE" });
  const survivor = port.anotherProcess();
  port.kill();
  for (const path of Object.keys(survivor.tree())) if (/\/\.untorn\/.*\.part$/.test(path)) survivor.fs.unlink(path);
  await recoveryOn(new Files(survivor), [0]).recover("/root", { apply: true, quietMs: 0 });
  assert.equal(contents(survivor), "new a, new b");
});
