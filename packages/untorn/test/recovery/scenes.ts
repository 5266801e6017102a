import { createHash } from "node:crypto";
import { memoryPort, SeededRandom } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";

/**
 * Crime scenes: what crashes may leave for one file, and, written from the rules alone, what recovery has to make of it.
 * Nothing here asks the code under test: names of temps are put together by hand.
 */

export const target = "/state/registry.json";
export const quietMs = 60_000;

export interface Temp {
  readonly path: string;
  readonly content: string;
  /** `own`: untorn's name; `stream`: untorn's name without a digest. */
  readonly scheme: "own" | "stream" | "foreign";
  readonly writer: "alive" | "dead" | "unknown";
  readonly valid: boolean;
  /** Its place in time: higher is newer. */
  readonly order: number;
  /** Whether it was just written, so that an unknown writer may still be at it. */
  readonly fresh: boolean;
}

export interface Kept {
  readonly number: number;
  readonly content: string;
  readonly valid: boolean;
}

export interface Scene {
  readonly port: MemoryPort;
  readonly description: string;
  readonly target: { readonly content: string; readonly whole: boolean; readonly order: number } | undefined;
  readonly temps: readonly Temp[];
  readonly generations: readonly Kept[];
}

const digest = (content: string): string => createHash("sha256").update(content).digest("hex").slice(0, 16);

interface Pick {
  below(limit: number): number;
}

/** The scene of a seed; the same seed makes the same scene. The port is a process that comes after all that happened. */
export function makeScene(seed: number): Scene {
  const random = new SeededRandom(seed) as unknown as Pick & SeededRandom;
  const one = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)] as T;
  const first = memoryPort({ uid: 0 });
  const alive = first.anotherProcess();
  const dead = first.anotherProcess();
  first.putDirectory("/state");
  const content = (valid: boolean, what: string): string => {
    const whole = JSON.stringify({ what, items: Array.from({ length: 3 }, (_, index) => `${what}-${index}`) });
    return valid ? whole : one(whole.slice(0, 20), "\0".repeat(whole.length), "");
  };
  const generations = [...Array(one(0, 0, 1, 2)).keys()].map((index) => makeGeneration(index + 1));
  const state = one("good", "old", "corrupt", "missing");
  const count = random.below(5);
  const targetOrder = state === "old" ? 0 : one(0, Math.ceil(count / 2), count);
  const temps: Temp[] = [];
  let there: Scene["target"];
  for (let order = 0; order <= count; order += 1) {
    first.clock.pause(600_000);
    if (order === targetOrder && state !== "missing") {
      const whole = state !== "corrupt";
      there = { content: content(whole, "target"), whole, order };
      first.put(target, there.content);
      first.clock.pause(600_000);
    }
    if (order < count) temps.push(makeTemp(order));
  }
  // Long after; but what is fresh was written a moment ago.
  first.clock.pause(3_600_000);
  for (const temp of temps) if (temp.fresh) rewrite(temp);
  const survivor = first.anotherProcess();
  dead.kill();
  first.kill();
  const description = JSON.stringify({ seed, state, temps, generations });
  return { port: survivor, description, target: there, temps, generations };

  function makeGeneration(number: number): Kept {
    const valid = one(true, true, false);
    const whole = content(true, `generation-${number}`);
    const path = `/state/.untorn/generations/registry.json/${String(number).padStart(8, "0")}-${digest(whole)}`;
    const found = valid ? whole : one(whole.slice(0, 9), whole.replace("items", "ITEMS"));
    first.put(path, found);
    first.clock.pause(600_000);
    return { number, content: found, valid };
  }

  function makeTemp(order: number): Temp {
    const writer = one("alive", "dead", "dead", "unknown" as const);
    const scheme = one("own", "own", "stream", "foreign" as const);
    const valid = one(true, true, false);
    const repeated = order > targetOrder && there !== undefined && valid && one(true, false, false, false);
    const whole = repeated && there !== undefined ? there.content : content(true, `temp-${order}`);
    const found = valid ? whole : scheme === "own" ? whole.slice(0, -1) : content(false, `temp-${order}`);
    const path = `/state/${nameOf(scheme, writer, order, whole)}`;
    first.put(path, found);
    const fresh = scheme === "foreign" || writer === "unknown" ? one(true, false, false) : false;
    return { path, content: found, scheme, writer, valid: valid && isJson(found), order, fresh };
  }

  function nameOf(scheme: Temp["scheme"], writer: Temp["writer"], order: number, whole: string): string {
    const process = writer === "alive" ? alive : dead;
    if (scheme === "foreign") {
      if (writer === "unknown") return order === 0 ? ".registry.json.tmp" : `registry.json.tmp-12345678${order}0abcdef`;
      const pid = writer === "alive" ? process.identity.pid : 40_000 + order;
      return one(`registry.json.tmp.${pid}.170000000000${order}`, `registry.json.${pid}.170000000000${order}.tmp`);
    }
    const { pid, startTime, scope } = process.identity;
    const where = writer === "unknown" ? "0badcafe" : scope;
    const proof = scheme === "own" ? `-${digest(whole)}` : "";
    return `.registry.json.untorn.${pid.toString(36)}-${startTime}-${where}-${`r${order}`.padStart(16, "0")}${proof}.tmp`;
  }

  function rewrite(temp: Temp): void {
    first.put(temp.path, "");
    first.put(temp.path, temp.content);
    if (temp.content === "") {
      first.put(temp.path, "x");
      first.put(temp.path, "");
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What has to be there after a recovery. */
export interface Verdict {
  readonly target: string | undefined;
  /** Temps that must be where they were. */
  readonly untouched: readonly Temp[];
  /** Temps whose content must be in the quarantine. */
  readonly quarantined: readonly Temp[];
  /** Temps that must be gone, with their content in place or superseded. */
  readonly removed: readonly Temp[];
  /** Whether the target's old bytes must be in the quarantine. */
  readonly keepsOld: boolean;
}

/** The rules, once more, from their text. */
export function verdictOn(scene: Scene, policy: "untorn" | "newest"): Verdict {
  const { temps, generations, target: there } = scene;
  // "a temp of a living writer is left alone"; of whom nothing is known may live, as long as the temp is fresh.
  const living = temps.filter(
    ({ writer, fresh, scheme }) => writer === "alive" || (fresh && !(scheme !== "foreign" && writer === "dead")),
  );
  const dead = temps.filter((temp) => !living.includes(temp));
  // The newest first. A fresh temp is newer than all others, but it is living or not at all there.
  const newestFirst = dead.toSorted((a, b) => b.order - a.order);
  const isNewer = (temp: Temp): boolean => there !== undefined && temp.order >= there.order;
  if (there?.whole === true) {
    // "--policy newest: newest valid temp wins, still never over a newer good target".
    const newest = policy === "newest" ? newestFirst.find((temp) => temp.valid && isNewer(temp)) : undefined;
    const winner = newest?.content === there.content ? undefined : newest;
    const rest = dead.filter((temp) => temp !== winner);
    // "removed if it is untorn's own and proven superseded or never promised, otherwise quarantined".
    const removed = rest.filter(
      (temp) =>
        temp.scheme !== "foreign" &&
        temp.writer === "dead" &&
        (temp.content === there.content || !isNewer(temp) || (temp.scheme === "own" && !temp.valid)),
    );
    return {
      target: winner?.content ?? there.content,
      untouched: living,
      removed,
      quarantined: rest.filter((temp) => !removed.includes(temp)),
      keepsOld: winner !== undefined,
    };
  }
  // "the newest candidate that proves complete or validates is adopted, older valid ones are kept; if there is none, the newest
  // valid generation comes back; nothing invalid is ever deleted: it goes to quarantine".
  const winner = newestFirst.find(({ valid }) => valid);
  const generation = generations.toReversed().find(({ valid }) => valid);
  const content = winner?.content ?? generation?.content;
  return {
    target: content ?? there?.content,
    untouched: living,
    removed: [],
    quarantined: dead.filter((temp) => temp !== winner),
    keepsOld: there !== undefined && content !== undefined,
  };
}
