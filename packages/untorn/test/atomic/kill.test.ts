import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { finishInPlace, parseTempName } from "../../src/atomic/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { ended, here, startChild } from "./support/children.ts";
import { folder } from "./support/places.ts";
import { look, prepare, scenarios } from "./support/scenarios.ts";
import type { Scenario } from "./support/scenarios.ts";

/** A process that does one call of the library and is killed right before its `at`-th call of the port. */
const killed = (place: string, scenario: Scenario, sync: boolean, at: number): string => `
const { scenarios } = await import(${JSON.stringify(new URL("scenarios.js", `file://${here}`).href)});
const scenario = scenarios.find(({ name }) => name === ${JSON.stringify(scenario.name)});
const killing = interceptPort(nodePort, {
  before(call) {
    if (call.index === ${at}) process.kill(process.pid, "SIGKILL");
    if (scenario.busy && call.verb === "rename") throw Object.assign(new Error("EBUSY"), { code: "EBUSY", errno: -16 });
  },
});
await scenario.run(new Files(killing), ${JSON.stringify(place)}, ${sync});
`;

const names = new Set([
  "replace",
  "create with ifAbsent",
  "create in new directories",
  "in place, with less than before",
  "remove",
  "rename",
  "rename with ifAbsent into a new directory",
]);

interface Findings {
  kills: number;
  old: number;
  new: number;
  temps: number;
  undone: number;
}

function judge(place: string, scenario: Scenario, found: Findings, context: string): void {
  let { tree, temps } = look(place);
  const key = (other: object): string => JSON.stringify(Object.entries(other).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  for (const temp of temps) {
    const parsed = parseTempName(basename(temp));
    assert.ok(parsed, `${context}: ${temp} is not recognisable`);
    assert.equal(nodePort.liveness(parsed.owner), "dead", context);
  }
  assert.ok(temps.length <= (scenario.busy === true ? 2 : 1), `${context}: ${temps.length} temps`);
  found.temps += temps.length;
  if (scenario.busy === true) {
    const path = join(place, "state.json");
    const whole = [scenario.before, scenario.after].some((state) => key(state) === key(tree));
    const target = { path, directory: place, base: "state.json" };
    const { left } = runSync(nodePort, finishInPlace(nodePort, target));
    assert.deepEqual(left, [], context);
    assert.deepEqual(
      readdirSync(place).filter((name) => parseTempName(name)?.kind === "bak"),
      [],
      context,
    );
    if (!whole) found.undone += 1;
    ({ tree, temps } = look(place));
  }
  const states = [scenario.before, scenario.after, ...(scenario.between ?? [])].map(key);
  const state = states.indexOf(key(tree));
  assert.notEqual(state, -1, `${context}: neither old nor new: ${Object.keys(tree).join(" ")}`);
  if (state === 0) found.old += 1;
  else found.new += 1;
}

for (const scenario of scenarios.filter(({ name }) => names.has(name))) {
  test(`${scenario.name}: killed before each call in turn, what is on disk is old or new`, async (t) => {
    const root = folder(t);
    const found: Findings = { kills: 0, old: 0, new: 0, temps: 0, undone: 0 };
    for (const sync of [true, false]) {
      const one = async (at: number): Promise<boolean> => {
        const place = join(root, `${sync}-${at}`);
        mkdirSync(place);
        prepare(place, scenario);
        const child = startChild(killed(place, scenario, sync, at));
        child.stdin?.end();
        const { code, signal } = await ended(child);
        // Windows has no signals: whoever is killed ends with 1.
        const isKilled = signal === "SIGKILL" || (process.platform === "win32" && code === 1);
        if (isKilled) found.kills += 1;
        else assert.equal(code, 0);
        judge(place, scenario, found, `${sync ? "sync" : "async"}, killed before call ${at}`);
        return isKilled;
      };
      // Two processes at a time; the first that ends by itself was the last.
      // Both drivers run the same protocol: the asynchronous one is killed before every second call.
      const step = sync ? 1 : 2;
      for (let at = 1; at < 60; at += 2 * step) {
        const alive = await Promise.all([one(at), one(at + step)]);
        if (alive.includes(false)) break;
      }
    }
    assert.ok(found.kills >= 5, `only ${found.kills} kills`);
    assert.ok(found.old >= 2 && found.new >= 2, JSON.stringify(found));
    if (scenario.name.startsWith("in place, with less")) assert.ok(found.undone > 0, "no kill hit the overwrite");
  });
}
