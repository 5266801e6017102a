import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, folderFor, namesIn, shell, untorn } from "../binary.ts";

test("registries by commands", (t) => {
  const cwd = folderFor(t);
  const registry = (...args: string[]) => untorn(["registry", ...args], { cwd });
  writeFileSync(join(cwd, "grep.json"), '{"description": "finds & shows"}');
  writeFileSync(join(cwd, "grep.mjs"), "export {};\n");
  assert.equal(
    registry("tool", "put", "grep", "grep.json", "--implementation", "grep.mjs").stdout,
    "grep  version 1\n",
  );
  assert.deepEqual(
    namesIn(join(cwd, ".registry/tools")).filter((name) => !name.startsWith(".")),
    ["grep.json", "grep.mjs", "index.json"],
  );
  const put = shell(
    `echo '{"text": "Hello {name}"}' | $U registry prompt put hello - && $U registry prompt put hello grep.json`,
    { cwd },
  );
  assert.match(put.stderr, /the specification is not valid: text/);
  assert.match(registry("prompt", "list").stdout, /^hello {2}version 1 {2}2/);
  assert.equal(
    (JSON.parse(registry("tool", "show", "grep").stdout) as { spec: { description: string } }).spec.description,
    "finds & shows",
  );
  assert.equal(
    errorOf(registry("tool", "put", "../x", "grep.json", "--implementation", "grep.mjs", "--json")).code,
    "UNTORN_INVALID_ARGUMENT",
  );
  assert.equal(registry("tool", "verify").status, 0);
  writeFileSync(join(cwd, ".registry/tools/grep.json"), "");
  const list = registry("tool", "list");
  assert.deepEqual([list.status, /^grep {2}corrupt: /.test(list.stdout)], [1, true]);
  assert.equal(registry("prompt", "remove", "hello").status, 0);
  assert.equal(registry("prompt", "history", "hello").stdout.startsWith("version 1"), true);
  for (const args of [["tol", "list"], ["tool"], ["tool", "lst"], ["tool", "show"], ["tool", "put", "x", "grep.mjs"]]) {
    assert.equal(registry(...args).status, 2, args.join(" "));
  }
});
