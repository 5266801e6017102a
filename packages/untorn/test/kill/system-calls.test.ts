import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseTempName } from "../../src/atomic/index.ts";
import { folder, inMemory } from "../atomic/support/places.ts";
import { look } from "../atomic/support/scenarios.ts";
import { buildShim, runUnder, skip } from "./shim.ts";
import type { Ended } from "./shim.ts";
import { stateOf, victims } from "./victims.ts";
import type { Victim } from "./victims.ts";

const child = fileURLToPath(new URL("./child.js", import.meta.url));
/** Far more calls than any victim has: a victim that never ends is found out. */
const callsMax = 400;

/** Of the long protocols every call is tried with UNTORN_EFFORT=2 (`npm run crash`), else every fifth. */
const everyCall = Number(process.env["UNTORN_EFFORT"] ?? 1) > 1;

function run(shim: string, place: string, args: readonly string[]): Promise<Ended> {
  return runUnder(shim, [child, ...args], { UNTORN_SHIM_FOLDER: place });
}

/** Kills the victim before its `at`-th system call; whether it came that far. */
async function killAt(shim: string, root: string, index: number, at: number): Promise<boolean> {
  const victim = victims[index] as Victim;
  const place = join(root, `${index}-${at}`);
  mkdirSync(place);
  const { signal, status, stdout, stderr } = await run(shim, place, ["kill", String(index), String(at), place]);
  const context = `${victim.name}, killed before call ${at}`;
  assert.ok(signal === "SIGKILL" || (status === 0 && stdout === "returned"), `${context}: ${stderr}`);
  for (const temp of look(place).temps) assert.ok(parseTempName(temp.slice(temp.lastIndexOf("/") + 1)), context);
  const state = stateOf(victim, place);
  assert.ok(typeof state === "string", `${context}: ${JSON.stringify(state)}`);
  if (signal === null) assert.equal(state, "new", `${context}: it has returned`);
  return signal === "SIGKILL";
}

test("killed before each of its system calls, a protocol leaves old or new", { skip }, async (t) => {
  const root = folder(t, inMemory());
  const shim = buildShim(root);
  let cases = 0;
  const lines: string[] = [];
  for (const [index, victim] of victims.entries()) {
    let kills = 0;
    const stride = victim.long === true && !everyCall ? 5 : 1;
    for (let at = 1, more = true; more && at < callsMax; at += 2 * stride) {
      // Two at a time: the machine has more to do.
      const pair = await Promise.all([at, at + stride].map((call) => killAt(shim, root, index, call)));
      kills += pair.filter(Boolean).length;
      more = pair.every(Boolean);
    }
    assert.ok(kills >= 3 && kills < callsMax / 2, `${victim.name}: ${kills} kills`);
    lines.push(`${victim.name}: ${kills}`);
    cases += kills;
  }
  t.diagnostic(`${cases} kills: ${lines.join("; ")}`);
});

test("whichever system call fails, and however, the outcome is as reported", { skip }, async (t) => {
  const root = folder(t, inMemory());
  const shim = buildShim(root);
  const lines: string[] = [];
  let cases = 0;
  for (const [index, victim] of victims.entries()) {
    const place = join(root, `${index}`);
    mkdirSync(place);
    const { status, stdout, stderr } = await run(shim, place, ["faults", String(index), place]);
    assert.equal(status, 0, `${victim.name}: ${stderr}`);
    const found = JSON.parse(stdout) as { cases: number; calls: number; problems: string[] };
    assert.deepEqual(found.problems, []);
    assert.ok(found.calls >= 3);
    lines.push(`${victim.name}: ${found.calls} calls`);
    cases += found.cases;
  }
  t.diagnostic(`${cases} cases of ENOSPC, EIO, EINTR, EMFILE, EDQUOT and short counts: ${lines.join("; ")}`);
});
