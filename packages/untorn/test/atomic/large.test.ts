import assert from "node:assert/strict";
import { closeSync, openSync, readSync, statfsSync, statSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readFileSync as untornRead, writeFile, writeFileSync } from "../../src/index.ts";
import { folder, unexpected } from "./support/places.ts";

const bytes = 2 ** 31 + 4321;
const gibibyte = 2 ** 30;

test("a file of more than 2 GiB is written, condition and digest included, and its middle and end are there", async (t) => {
  const { bavail, bsize } = statfsSync(tmpdir());
  if (freemem() < 5 * gibibyte || bavail * bsize < 6 * gibibyte)
    return t.skip("this needs 5 GiB of memory and 6 of disk");
  const place = folder(t);
  const path = join(place, "large");
  const data = Buffer.alloc(bytes);
  data.write("the middle", 2 ** 31 - 5);
  data.write("the end", bytes - 7);
  const receipt = await writeFile(path, data, { durability: "off" });
  assert.equal(receipt.bytes, bytes);
  assert.equal(statSync(path).size, bytes);
  const fd = openSync(path, "r");
  const piece = Buffer.alloc(10);
  readSync(fd, piece, 0, 10, 2 ** 31 - 5);
  assert.equal(piece.toString(), "the middle");
  readSync(fd, piece, 0, 7, bytes - 7);
  assert.equal(piece.subarray(0, 7).toString(), "the end");
  closeSync(fd);
  // The digest is taken from the file here, piece by piece, and from memory above.
  writeFileSync(path, "small", { durability: "off", ifMatch: receipt.etag });
  assert.equal(untornRead(path, { encoding: "utf8" }).data, "small");
  assert.deepEqual(unexpected(place, ["large"]), []);
});
