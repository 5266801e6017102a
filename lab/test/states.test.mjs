import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "untorn/testing";
import { statesOf } from "../dist/states.js";

const seed = Number(process.env.UNTORN_SEED ?? 1);
const effort = { exhaustive: 4, random: 10, torn: 20, limit: 1000 };
const tearing = { unit: 512, from: 0 };

/** `count` writes of `length` bytes, one behind the other. */
const writes = (count, length) =>
  Array.from({ length: count }, (_, number) => ({ number, offset: number * length, length }));

function states(pending, more = {}) {
  const generator = new SeededRandom(seed);
  const random = () => generator.bits() / 2 ** 32;
  return statesOf(pending, { effort, tearing, random, last: false, ...more });
}

test(`of a few writes every subset is tried, but for all of them: that is the next epoch's first (seed ${seed})`, () => {
  const found = states(writes(3, 512)).map((state) => state.map(({ number }) => number).join(""));
  assert.deepEqual(found.toSorted(), ["", "0", "01", "02", "1", "12", "2"]);
  const last = states(writes(3, 512), { last: true }).map((state) => state.map(({ number }) => number).join(""));
  assert.ok(last.includes("012"));
});

test("an epoch without writes is one state", () => {
  assert.deepEqual(states([]), [[]]);
});

test("of many writes every prefix is tried, and subsets that leave out an earlier write", () => {
  const found = states(writes(12, 512)).map((state) => state.map(({ number }) => number));
  for (let count = 0; count < 12; count += 1) {
    assert.ok(found.some((numbers) => numbers.length === count && numbers.every((number, index) => number === index)));
  }
  assert.ok(found.some((numbers) => numbers.some((number, index) => number !== index)));
});

test("a torn write is cut between units, from either end, and in the order of arrival", () => {
  const found = states(writes(3, 4096)).flat();
  const torn = found.filter(({ from, to }) => to - from !== 4096);
  assert.ok(torn.some(({ from }) => from === 0) && torn.some(({ to }) => to === 4096));
  assert.ok(
    torn.every(({ from, to }) => (from === 0) !== (to === 4096) && from % 512 === 0 && to % 512 === 0 && from < to),
  );
  for (const state of states(writes(3, 4096))) {
    assert.deepEqual(
      state,
      state.toSorted((a, b) => a.number - b.number),
    );
  }
});

test("beside a torn write there is all that came before it and nothing else, or any part of the others", () => {
  const around = states(writes(12, 4096), { effort: { ...effort, torn: 200 } }).flatMap((state) => {
    const torn = state.find(({ from, to }) => to - from !== 4096);
    return torn === undefined ? [] : [{ torn: torn.number, others: state.length - 1, last: state.at(-1).number }];
  });
  // So many others are all there by chance in one of 2048 cases.
  assert.ok(around.some(({ torn, others, last }) => torn === 11 && others === torn && last === torn));
  assert.ok(around.some(({ torn, last }) => last > torn));
});

test("what the filesystem takes for whole is never torn", () => {
  const found = states(writes(3, 4096), { tearing: { unit: 512, from: 4096 } }).flat();
  assert.ok(found.every(({ number, from, to }) => number > 0 || to - from === 4096));
  assert.ok(found.some(({ from, to }) => to - from !== 4096));
  assert.ok(
    states(writes(3, 4096), { tearing: { unit: 4096, from: 0 } })
      .flat()
      .every(({ from, to }) => to - from === 4096),
  );
});

test("no more states than asked for, none twice, and always the one in which all is lost", () => {
  const found = states(writes(10, 4096), { effort: { ...effort, limit: 6 } });
  assert.equal(found.length, 6);
  assert.deepEqual(found[0], []);
  assert.equal(new Set(found.map((state) => JSON.stringify(state))).size, 6);
});
