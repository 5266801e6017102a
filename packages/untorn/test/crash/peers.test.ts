import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../../../bench/crash-table.mjs", import.meta.url));
const skip = process.platform === "win32" ? "the simulated file system has POSIX paths" : false;

test(
  "what each way of saving loses: plain files are torn, temp and rename lose, this library does not",
  { skip },
  () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [script, "--states", "2000"], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const cells = stdout
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const [heads = [], ...lines] = cells;
    assert.deepEqual(heads.slice(2), ["killed", "posix", "ext4-ordered", "ext4-noauto", "xfs", "btrfs"]);
    const rows = new Map(lines.map(([name = "", , ...results]) => [name, results]));
    const every = (text: string): string[] => heads.slice(2).map(() => text);
    assert.deepEqual(rows.get("untorn"), every("good"));
    assert.deepEqual(rows.get("fs.writeFile"), ["torn", ...every("torn, lost").slice(1)]);
    assert.deepEqual(rows.get("steno"), ["good", ...every("torn, lost").slice(1)]);
    for (const peer of ["write-file-atomic", "atomically", "fast-write-atomic"]) {
      assert.deepEqual(rows.get(peer), ["good", ...every("lost").slice(1)], peer);
    }
  },
);
