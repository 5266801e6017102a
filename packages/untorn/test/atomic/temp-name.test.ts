import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { etagOf, isTempFor, parseTempName, tempName } from "../../src/atomic/index.ts";
import { nodePort } from "../../src/platform/index.ts";

const seed = Number(process.env["UNTORN_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const name = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 260 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 90 }),
  )
  .filter(
    (text) =>
      !/[/\0]/.test(text) &&
      Buffer.byteLength(text) <= 255 &&
      (text as unknown as { isWellFormed(): boolean }).isWellFormed(),
  );

test(`a temp's name fits, is hidden, and tells what it is for (seed ${seed})`, () => {
  const etags = ["a", "b"].map((text) => etagOf(Buffer.from(text)));
  const property = fc.property(name, name, fc.integer({ min: 0, max: 2 }), (base, other, digests) => {
    const temp = tempName(nodePort, digests === 2 ? "bak" : "tmp", base, etags.slice(0, digests));
    assert.ok(Buffer.byteLength(temp) <= 255);
    assert.ok(temp.startsWith("."));
    assert.ok(!temp.includes("/"));
    const parsed = parseTempName(temp);
    assert.ok(parsed);
    assert.deepEqual(parsed.owner, nodePort.identity);
    assert.equal(parsed.kind, digests === 2 ? "bak" : "tmp");
    assert.equal(parsed.digest, digests > 0 ? etags[0]?.slice(0, 16) : undefined);
    assert.equal(parsed.next, digests > 1 ? etags[1]?.slice(0, 16) : undefined);
    assert.ok(isTempFor(parsed, base));
    if (other !== base) assert.equal(isTempFor(parsed, other), false);
    assert.notEqual(tempName(nodePort, "tmp", base), tempName(nodePort, "tmp", base));
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test("long names with the same beginning have temps that are told apart", () => {
  const [a, b] = ["x".repeat(254) + "a", "x".repeat(254) + "b"] as const;
  const temp = parseTempName(tempName(nodePort, "tmp", a));
  assert.ok(temp && isTempFor(temp, a));
  assert.equal(isTempFor(temp, b), false);
});

test("names of others are not taken for untorn's", () => {
  for (const other of [
    "state.json.tmp",
    "state.json.1234567890",
    ".state.json.tmp",
    "state.json.tmp-1234567890abcdef",
    ".#state.json",
    ".state.json.untorn.tmp",
    ".state.json.untorn.1-2-3-4.tmp",
    "state.json.untorn.a-b-00000000-0123456789abcdef.tmp",
    ".state.json.untorn.a-b-00000000-0123456789abcdef.txt",
    ".state.json.untorn.a-b-0000000g-0123456789abcdef.tmp",
    "",
  ]) {
    assert.equal(parseTempName(other), undefined, other);
  }
});
