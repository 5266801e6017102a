import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../scripts/tour/tour.mjs", import.meta.url));

test("a short tour catches plain writes at leaving bad files, and untorn never", { timeout: 120_000 }, (t) => {
  const base = mkdtempSync(join(tmpdir(), "untorn-test-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const folder = join(base, "state");
  const temp = join(base, "temp");
  mkdirSync(join(folder, "sub"), { recursive: true });
  mkdirSync(temp);
  writeFileSync(join(folder, "STATE.md"), "# State\n");
  writeFileSync(join(folder, "sub/checkpoint.json"), '{\n  "task": 1\n}\n');
  const seed = process.env.UNTORN_SEED ?? String(Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`UNTORN_SEED=${seed}`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, folder, "--seconds", "2", "--seed", seed, "--json", join(base, "result.json")],
    { encoding: "utf8", env: { ...process.env, TMPDIR: temp } },
  );
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" }, `UNTORN_SEED=${seed}\n${stdout}`);
  assert.ok(stdout.includes(`seed ${seed}`));

  const { parts, temps } = JSON.parse(readFileSync(join(base, "result.json"), "utf8"));
  const [random, steps, disk] = parts;
  for (const { title, untorn } of parts) {
    assert.ok(untorn.crashes > 0, title);
    assert.equal(untorn.whole, untorn.crashes, title);
  }
  assert.ok(random.plain.crashes > 0);
  assert.deepEqual([steps.plain.crashes, steps.plain.empty], [6, 2], "two files, three calls each, one of them fatal");
  assert.ok(steps.untorn.crashes > steps.plain.crashes);
  if (disk !== undefined) assert.equal(disk.plain.torn, 2);
  assert.ok(temps.temps > 0, "a writer that is killed before its rename leaves a temp");
  assert.equal(temps.recognised, temps.temps);
  assert.deepEqual(readdirSync(temp), [], "the tour leaves nothing behind");
  assert.equal(readFileSync(join(folder, "STATE.md"), "utf8"), "# State\n");
});

test("the tour says what is wrong with its arguments", () => {
  const { status, stderr } = spawnSync(process.execPath, [program, join(tmpdir(), "no-such-folder")], {
    encoding: "utf8",
  });
  assert.equal(status, 2);
  assert.match(stderr, /no-such-folder is not a folder/);
});
