import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { recoveryOn } from "../../src/recovery/index.ts";
import type { RecoverOptions } from "../../src/recovery/index.ts";
import { faultPlan, SimulatedCrash } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { makeScene, quietMs, target, verdictOn } from "./scenes.ts";
import type { Scene } from "./scenes.ts";

const seed = Number(process.env["UNTORN_SEED"] ?? 1);
const effort = Number(process.env["UNTORN_EFFORT"] ?? 1);

function recoverScene({ port }: Scene, options: RecoverOptions = {}) {
  return recoveryOn({ port }).recoverSync("/state", { apply: true, quietMs, ...options });
}

function quarantineOf(port: MemoryPort): string[] {
  return Object.entries(port.tree()).flatMap(([path, content]) =>
    path.startsWith("/state/.untorn/quarantine/") ? [content ?? ""] : [],
  );
}

function judge(scene: Scene, policy: "untorn" | "newest"): void {
  const wanted = verdictOn(scene, policy);
  const tree = scene.port.tree();
  const kept = quarantineOf(scene.port);
  const say = (what: string): string => `${what}\n${scene.description}\n${JSON.stringify(tree, null, 1)}`;
  assert.equal(tree[target] ?? undefined, wanted.target, say("the target"));
  for (const temp of wanted.untouched) assert.equal(tree[temp.path], temp.content, say(`untouched: ${temp.path}`));
  for (const temp of wanted.quarantined) {
    assert.equal(tree[temp.path], undefined, say(`quarantined, and still there: ${temp.path}`));
    assert.ok(kept.includes(temp.content), say(`not in quarantine: ${temp.path}`));
  }
  for (const temp of wanted.removed) assert.equal(tree[temp.path], undefined, say(`not removed: ${temp.path}`));
  if (wanted.keepsOld)
    assert.ok(kept.includes(scene.target?.content ?? ""), say("the old content is not in quarantine"));
  const names = Object.keys(tree).filter((path) => /^\/state\/[^/]*\.(?:lock|tmp)/.test(path));
  const living = new Set(wanted.untouched.map(({ path }) => path));
  assert.deepEqual(
    names.filter((path) => !living.has(path) && path.endsWith(".lock")),
    [],
    say("locks are left"),
  );
}

describe(`crime scenes (seed ${seed})`, () => {
  for (const policy of ["untorn", "newest"] as const) {
    test(`500 of them end as the rules say (policy ${policy})`, () => {
      for (let index = 0; index < 500 * effort; index += 1) {
        const scene = makeScene(seed * 100_000 + index);
        const plan = recoverScene(scene, { policy, apply: false });
        const untouched = JSON.stringify(scene.port.tree());
        assert.equal(
          JSON.stringify(makeScene(seed * 100_000 + index).port.tree()),
          untouched,
          "a dry run changed something",
        );
        const report = recoverScene(scene, { policy });
        assert.equal(report.failed, 0, JSON.stringify(report.actions));
        const steps = (actions: typeof report.actions): string[] => actions.map(({ kind, path }) => `${kind} ${path}`);
        assert.deepEqual(steps(report.actions), steps(plan.actions), "the dry run said something else");
        judge(scene, policy);
        const after = JSON.stringify(scene.port.tree());
        const again = recoverScene(scene, { policy });
        assert.deepEqual(
          again.actions.filter(({ kind }) => kind !== "leave" && kind !== "lost"),
          [],
          `a second run did something\n${scene.description}`,
        );
        assert.equal(JSON.stringify(scene.port.tree()), after, `a second run changed something\n${scene.description}`);
      }
    });
  }

  test("killed at every call and run again, it comes to the same end", () => {
    let kills = 0;
    for (let index = 0; index < 40 * effort; index += 1) {
      const sceneSeed = seed * 100_000 + 700_000 + index;
      const policy = index % 4 === 3 ? "newest" : "untorn";
      const whole = makeScene(sceneSeed);
      recoverScene(whole, { policy });
      const wanted = JSON.stringify(whole.port.tree());
      for (let at = 1; ; at += 1) {
        const scene = makeScene(sceneSeed);
        const next = scene.port.anotherProcess();
        const plan = faultPlan(scene.port, { at, crash: at % 2 === 0 ? "before" : "after" });
        try {
          recoveryOn({ port: plan }).recoverSync("/state", { apply: true, quietMs, policy });
        } catch (error) {
          assert.ok(isCrash(error), String(error));
        }
        if (!plan.report.crashed) break;
        kills += 1;
        scene.port.kill();
        const rest = { ...scene, port: next };
        const report = recoverScene(rest, { policy });
        assert.equal(report.failed, 0, `killed at ${at}: ${JSON.stringify(report.actions)}\n${scene.description}`);
        assert.equal(JSON.stringify(next.tree()), wanted, `killed at call ${at}\n${scene.description}`);
      }
    }
    assert.ok(kills > 1000, `only ${kills} kills`);
    console.log(`${kills} kills`);
  });
});

function isCrash(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof SimulatedCrash) return true;
  return false;
}
