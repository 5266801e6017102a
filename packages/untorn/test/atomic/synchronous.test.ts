import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { updateFrontmatterSync } from "../../src/frontmatter.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { updateBytesSync, updateFileSync, writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import { updateJsonSync } from "../../src/json.ts";
import { appendLineSync } from "../../src/jsonl.ts";
import { nodePort } from "../../src/platform/index.ts";
import { interceptPort } from "../../src/testing/index.ts";
import { updatesOn } from "../../src/update/index.ts";
import { folder } from "./support/places.ts";

test("a synchronous call is refused while an earlier call still reads from its stream", async (t) => {
  const path = join(folder(t), "file");
  const call = writeFile(path, Readable.from(["stream"]));
  assert.throws(() => untornSync(path, "sync"), { code: "UNTORN_ORDER", outcome: "unchanged" });
  await call;
  untornSync(path, "sync");
  assert.equal(readFileSync(path, "utf8"), "sync");
});

test("every synchronous change comes after the writes that were made before it, also by a path without a folder (G6)", async (t) => {
  const place = folder(t);
  const changes: Readonly<Record<string, readonly [before: string, change: (path: string) => unknown, after: string]>> =
    {
      write: ["new", (path) => untornSync(path, "sync"), "sync"],
      update: ["new", (path) => updateFileSync(path, (text) => `${text}+`), "new+"],
      bytes: ["new", (path) => updateBytesSync(path, (bytes = new Uint8Array()) => bytes.subarray(1)), "ew"],
      json: ['{"a":1}', (path) => updateJsonSync(path, (value) => ({ ...(value as object), b: 2 })), '{"a":1,"b":2}'],
      frontmatter: ["---\na: 1\n---\n", (path) => updateFrontmatterSync(path, () => ({ a: 2 })), "---\na: 2\n---\n"],
      append: ["1\n", (path) => appendLineSync(path, 2), "1\n2\n"],
    };
  const before = process.cwd();
  process.chdir(place);
  try {
    for (const [name, [content, change, after]] of Object.entries(changes)) {
      for (const path of [name, `./${name}`, join(place, name)]) {
        writeFileSync(name, content.replace("new", "old").replace("1", "0"));
        const earlier = writeFile(path, content);
        change(path);
        await earlier;
        assert.equal(readFileSync(name, "utf8"), after, path);
      }
      writeFileSync(name, content.replace("new", "old").replace("1", "0"));
      const earlier = writeFile(name, Readable.from([content]));
      assert.throws(() => change(name), { code: "UNTORN_ORDER" }, name);
      await earlier;
    }
  } finally {
    process.chdir(before);
  }
});

test("a call in the middle of an in-place rewrite is not disturbed by a synchronous one", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  let reached: () => void = () => {};
  const inTheMiddle = new Promise<void>((resolve) => (reached = resolve));
  const port = interceptPort(nodePort, {
    before(call) {
      if (call.verb === "rename") throw Object.assign(new Error("EBUSY"), { code: "EBUSY", errno: -16 });
      if (call.verb === "open" && call.args[1] === "overwrite") reached();
      return undefined;
    },
  });
  const files = new Files(port);
  const call = files.writeFile(path, "new", { inPlace: "journaled" });
  await inTheMiddle;
  assert.throws(() => files.writeFileSync(path, "sync", { inPlace: "journaled" }), { code: "UNTORN_ORDER" });
  await call;
  assert.equal(readFileSync(path, "utf8"), "new");
});

/** Files whose next call that keeps a generation says when it does. */
function watched(): { files: Files; inTheMiddle: Promise<void> } {
  let reached: () => void = () => {};
  const inTheMiddle = new Promise<void>((resolve) => (reached = resolve));
  const port = interceptPort(nodePort, {
    before(call) {
      if (call.verb === "link") reached();
      return undefined;
    },
  });
  return { files: new Files(port, writeKeeping), inTheMiddle };
}

test("a call that keeps a generation is not disturbed by a synchronous one", async (t) => {
  const place = folder(t);
  for (const options of [{}, { generations: 3 }]) {
    const path = join(place, `${options.generations ?? 0}`);
    writeFileSync(path, "old");
    const { files, inTheMiddle } = watched();
    const call = files.writeFile(path, "new", { generations: 3 });
    await inTheMiddle;
    const refused = { code: "UNTORN_ORDER", outcome: "unchanged", message: /is being committed/ };
    assert.throws(() => files.writeFileSync(path, "sync", options), refused);
    assert.throws(() => files.removeFileSync(path), refused);
    await call;
    assert.equal(readFileSync(path, "utf8"), "new");
    files.writeFileSync(path, "sync", options);
    assert.equal(readFileSync(path, "utf8"), "sync");
  }
});

test("a call that a synchronous one runs does not wait for its own process either", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  const { files, inTheMiddle } = watched();
  // An update is not in the order of writes; it holds the lock of the generations for a moment.
  const update = updatesOn(files).updateFile(path, () => "updated", { generations: 3 });
  await inTheMiddle;
  const call = files.writeFile(path, "new", { generations: 3 });
  files.writeFileSync(path, "sync");
  await assert.rejects(call, { code: "UNTORN_LOCKED", phase: "lock", outcome: "unchanged" });
  await update;
});
