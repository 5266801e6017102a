import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { faultPlan, interceptPort, memoryPort } from "../../src/testing/index.ts";
import { updatesOn } from "../../src/update/index.ts";

/** A filesystem without hard links (exFAT, some network mounts): the lock is held, so a file is made by a rename. */

for (const fail of ["EPERM", "ENOTSUP", "ENOSYS"]) {
  test(`an update makes a file where link(2) is refused (${fail}), and says how`, async () => {
    const port = memoryPort();
    port.putDirectory("/state");
    const without = faultPlan(port, { fail, when: ({ verb }) => verb === "link" });
    const { updateFile, updateFileSync } = updatesOn(new Files(without));
    const made = updateFileSync("/state/a", (current) => current ?? "one");
    assert.deepEqual([made.receipt.created, made.receipt.via, made.receipt.attempts], [true, "rename", 1]);
    assert.match(made.receipt.notes.join(), /no hard links/);
    assert.equal(port.tree()["/state/a"], "one");
    assert.equal((await updateFile("/state/b", () => "two", { generations: 2 })).receipt.via, "rename");
    assert.equal(port.tree()["/state/b"], "two");
    assert.deepEqual(
      port.fs
        .readdir("/state")
        .filter((name) => !name.endsWith(".untorn.lock") && name !== ".untorn")
        .toSorted(),
      ["a", "b"],
    );
  });
}

test("a file that another program makes while it is tried is not replaced: the function sees it", () => {
  const port = memoryPort();
  port.putDirectory("/state");
  const without = faultPlan(port, { fail: "EPERM", when: ({ verb }) => verb === "link" });
  const raced = interceptPort(without, {
    before({ verb }) {
      if (verb === "link" && port.fs.lstat("/state/a") === undefined) port.put("/state/a", "theirs");
      return undefined;
    },
  });
  const { value, receipt } = updatesOn(new Files(raced)).updateFileSync(
    "/state/a",
    (current = "none") => `${current}, mine`,
  );
  assert.deepEqual([value, receipt.created, receipt.notes], ["theirs, mine", false, []]);
  assert.equal(port.tree()["/state/a"], "theirs, mine");
});
