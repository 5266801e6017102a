import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { etagOf, Files } from "../../src/atomic/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { faultPlan } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { folder } from "./support/places.ts";

const inPlace = "journaled";
const busy: Fault = { fail: "EBUSY", when: ({ verb }) => verb === "rename" };

test("in place, what another program writes while the old content is copied and synced is not overwritten", async (t) => {
  for (const condition of [{}, { ifMatch: etagOf(Buffer.from("old")) }]) {
    const place = folder(t);
    const path = join(place, "file");
    writeFileSync(path, "old");
    let foreign = false;
    const late: Fault = {
      fail: "EIO",
      when({ verb }) {
        // Right before the directory is synced, which makes the backup durable.
        if (foreign || verb !== "syncDirectory" || !readdirSync(place).some((name) => name.endsWith(".bak")))
          return false;
        writeFileSync(path, "foreign and newer");
        foreign = true;
        return false;
      },
    };
    const files = new Files(faultPlan(nodePort, [busy, late]));
    await assert.rejects(files.writeFile(path, "mine", { inPlace, ...condition }), {
      code: "UNTORN_CONFLICT",
      outcome: "unchanged",
    });
    assert.ok(foreign);
    assert.equal(readFileSync(path, "utf8"), "foreign and newer");
    assert.deepEqual(readdirSync(place), ["file"]);
  }
});

test("in place, a file that may not be written is refused before anything is made beside it", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "old");
  for (const fail of ["EROFS", "EACCES"]) {
    const denied: Fault = { fail, when: ({ verb, args }) => verb === "open" && args[1] === "overwrite" };
    const call = new Files(faultPlan(nodePort, [busy, denied])).writeFile(path, "new", { inPlace });
    await assert.rejects(call, { systemCode: fail, outcome: "unchanged" });
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(readdirSync(place), ["file"]);
  }
});
