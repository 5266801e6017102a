import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

// dist/test/engine -> the package
const root = join(import.meta.dirname, "../../..");

function auditWith(parser: string): unknown {
  const module = pathToFileURL(join(root, "dist/src/index.js")).href;
  const program = `const { audit } = await import(${JSON.stringify(module)});
const { findings } = await audit(process.argv[1], { includeTests: true });
process.stdout.write(JSON.stringify(findings));`;
  const words = ["--input-type=module", "-e", program, "--", join(root, "fixtures")];
  const env = { ...process.env, UNTORN_PARSER: parser };
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { env, encoding: "utf8", timeout: 60_000 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test("the parser in WebAssembly finds in every fixture what the prebuilt one finds", { timeout: 120_000 }, () => {
  const native = auditWith("");
  assert.ok(Array.isArray(native) && native.length > 100);
  assert.deepEqual(auditWith("wasm"), native);
});
