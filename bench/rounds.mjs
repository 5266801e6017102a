// Rounds that alternate: every contender takes its turn in every round, and another one begins each time, so that what
// disturbs the machine disturbs all of them.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** On a busy machine a measurement has this long for more rounds than these. */
const patienceMs = 20_000;
const fewestRounds = 5;

/**
 * Runs `contenders` (name -> a function that gives one figure, or a promise of one) for so many rounds, after one round
 * that is not counted. Returns name -> the figures, one per round.
 */
export async function alternate(contenders, rounds) {
  const started = performance.now();
  const names = Object.keys(contenders);
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    if (round >= fewestRounds && performance.now() - started > patienceMs) break;
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round + 1) % names.length];
      const figure = await contenders[name]();
      if (round >= 0) figures[name].push(figure);
    }
  }
  return figures;
}

/** How many times `b` is `a`: the median over the rounds of the ratio within a round. */
export function ratio(a, b) {
  return median(a.map((figure, round) => b[round] / figure));
}

/** The median time of one call, in microseconds. */
export async function timeCalls(count, call) {
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const start = performance.now();
    await call();
    times.push((performance.now() - start) * 1000);
  }
  return median(times);
}

/** As `timeCalls`, without a turn of the event loop in between. */
export function timeCallsSync(count, call) {
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const start = performance.now();
    call();
    times.push((performance.now() - start) * 1000);
  }
  return median(times);
}
