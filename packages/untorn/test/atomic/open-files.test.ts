import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import * as library from "../../src/index.ts";
import { updateJson } from "../../src/json.ts";
import { appendLine } from "../../src/jsonl.ts";
import { folder } from "./support/places.ts";

/** What a process has open has a link in /proc whose text is a name that it once had: not a file to be replaced. */

const skip = process.platform === "linux" ? false : "there is no /proc";

const changes: Readonly<Record<string, (path: string) => unknown>> = {
  writeFile: (path) => library.writeFile(path, "new"),
  "writeFile, in place": (path) => library.writeFile(path, "new", { inPlace: "journaled" }),
  writeFileSync: (path) => library.writeFileSync(path, "new"),
  "writeFile, generations": (path) => library.writeFile(path, "new", { generations: 2 }),
  updateFile: (path) => library.updateFile(path, () => "new"),
  updateFileSync: (path) => library.updateFileSync(path, () => "new"),
  updateJson: (path) => updateJson(path, () => ({})),
  appendLine: (path) => appendLine(path, 1),
  lock: (path) => library.lock(path),
  restore: (path) => library.restore(path),
  transaction: (path) =>
    library.transaction(join(path, "../.."), (tx) => tx.write(path.split("/").slice(-2).join("/"), "new")),
};

for (const [name, change] of Object.entries(changes)) {
  test(`${name}: what stands for an open file is refused, and the file keeps what is in it`, { skip }, async (t) => {
    const place = folder(t);
    const path = join(place, "out");
    writeFileSync(path, "before\n");
    writeFileSync(join(place, "gone"), "");
    mkdirSync(join(place, "links"));
    const handle = openSync(path, "a");
    const gone = openSync(join(place, "gone"), "a");
    t.after(() => [handle, gone].forEach((each) => closeSync(each)));
    rmSync(join(place, "gone"));
    symlinkSync(`/proc/self/fd/${handle}`, join(place, "links/one"));
    symlinkSync("/proc/self/fd", join(place, "links/all"));
    const own = [`/proc/self/fd/${handle}`, `/proc/${process.pid}/fd/${gone}`, `/dev/fd/${handle}`];
    const links = [
      join(place, "links/one"),
      ...(name === "transaction" ? [] : [...own, join(place, `links/all/${gone}`)]),
    ];
    for (const given of links) {
      const refused = { code: "UNTORN_NOT_A_FILE", outcome: "unchanged", message: /what a process has open/ };
      await assert.rejects(async () => change(given), refused, given);
    }
    assert.equal(readFileSync(path, "utf8"), "before\n");
    assert.deepEqual(
      readdirSync(place)
        .sort()
        .filter((each) => each !== ".untorn"),
      ["links", "out"],
    );
  });
}

test("standard output, in a file and in a pipe, is refused; a read of standard input is not", { skip }, async (t) => {
  const place = folder(t);
  const url = pathToFileURL(join(import.meta.dirname, "../../src/index.js")).href;
  const script = `const { readFileSync, writeFileSync } = await import("${url}");
    try { writeFileSync("/dev/stdout", "payload"); } catch (error) { console.log(error.code); }
    console.log(String(readFileSync("/dev/stdin", { encoding: "utf8" }).data));`;
  writeFileSync(join(place, "script.mjs"), script);
  const run = (end: string): string => {
    const commands = `(echo before; echo in > in; "$0" script.mjs < in; echo after) ${end}`;
    return spawnSync("sh", ["-c", commands, process.execPath], { cwd: place, encoding: "utf8" }).stdout;
  };
  const said = "before\nUNTORN_NOT_A_FILE\nin\n\nafter\n";
  assert.equal(run(""), said);
  assert.equal(run("| cat"), said);
  run(">> out.txt");
  assert.equal(readFileSync(join(place, "out.txt"), "utf8"), said);
});
