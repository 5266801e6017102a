import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

// dist/test -> the package
const cli = join(import.meta.dirname, "../..");
const program = join(cli, "bin/untorn.js");

test("the audit in one file says what the modules say", (context) => {
  const root = mkdtempSync(join(tmpdir(), "untorn-one-file-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, "a.js"), 'require("fs").writeFileSync("state.json", text);\n');
  writeFileSync(join(root, "b.py"), 'open("state.json", "w").write(text)\n');
  writeFileSync(join(root, "c.sh"), "echo 1 > state.json\n");
  writeFileSync(join(root, ".gitignore"), "d.sh\n");
  writeFileSync(join(root, "d.sh"), "echo 1 > state.json\n");
  writeFileSync(join(root, "untorn.config.json"), '{ "audit": { "tiers": [{ "files": "*.sh", "tier": "medium" }] } }');
  const oneFile = `require(${JSON.stringify(join(cli, "dist/bundle/audit.cjs"))}).main(process.argv.slice(1)).then((status) => { process.exitCode = status; });`;
  const modules = `import { main } from ${JSON.stringify(join(cli, "dist/src/main.js"))}; process.exitCode = await main(process.argv.slice(1));`;
  for (const words of [[], ["--format", "json"], ["--format", "sarif"], ["--rule", "nonsense"], ["--help"]]) {
    const line = ["audit", root, ...words];
    const whole = spawnSync(process.execPath, ["-e", oneFile, "--", ...line], { encoding: "utf8" });
    const parts = spawnSync(process.execPath, ["--input-type=module", "-e", modules, "--", ...line], {
      encoding: "utf8",
    });
    assert.deepEqual([whole.status, whole.stdout, whole.stderr], [parts.status, parts.stdout, parts.stderr]);
  }
});

test("modules that are newer than the one file are taken in its place", (context) => {
  const place = mkdtempSync(join(tmpdir(), "untorn-one-file-"));
  context.after(() => rmSync(place, { recursive: true, force: true }));
  const home = join(place, "cli");
  put(home, "package.json", '{ "type": "module", "version": "9.9.9" }');
  put(home, "dist/src/main.js", 'export async function main() { console.log("modules"); return 4; }');
  put(home, "dist/bundle/audit.cjs", 'exports.main = async () => { console.log("one file"); return 5; };');
  put(home, "dist/src/src.tsbuildinfo", "{}");
  put(home, "bin/package.json", '{ "type": "commonjs" }');
  copyFileSync(program, join(home, "bin/untorn.js"));
  const age = (path: string, seconds: number): void => utimesSync(join(home, path), seconds, seconds);
  const run = (...words: string[]): string => {
    const { stdout, status } = spawnSync(process.execPath, [join(home, "bin/untorn.js"), ...words], {
      encoding: "utf8",
    });
    return `${stdout.trim()} ${status}`;
  };
  age("dist/bundle/audit.cjs", 2000);
  age("dist/src/src.tsbuildinfo", 1000);
  assert.equal(run("audit"), "one file 5");
  assert.equal(run("write"), "modules 4");
  age("dist/src/src.tsbuildinfo", 3000);
  assert.equal(run("audit"), "modules 4");
  rmSync(join(home, "dist/src/src.tsbuildinfo"));
  assert.equal(run("audit"), "one file 5");
  rmSync(join(home, "dist/bundle/audit.cjs"));
  assert.equal(run("audit"), "modules 4");
  assert.equal(run("--version"), "9.9.9 0");
});

test("other commands load nothing of the audit, and help no parser", (context) => {
  const place = mkdtempSync(join(tmpdir(), "untorn-one-file-"));
  context.after(() => rmSync(place, { recursive: true, force: true }));
  writeFileSync(join(place, "state.json"), "{}");
  const loaded = (...words: string[]): string => {
    const coverage = join(place, words.join("-"));
    const env = { ...process.env, NODE_V8_COVERAGE: coverage };
    const { status } = spawnSync(process.execPath, [program, ...words], { cwd: place, env });
    assert.ok(status === 0 || words[0] === "audit");
    return readdirSync(coverage)
      .map((name) => readFileSync(join(coverage, name), "utf8"))
      .join("");
  };
  assert.match(loaded("audit"), /dist\/bundle\/audit\.cjs/);
  for (const words of [["read", "state.json"], ["write", "--help"], ["--help"]]) {
    assert.doesNotMatch(loaded(...words), /packages\/audit\/|@untorn\/audit|dist\/bundle|ast-grep/);
  }
});

function put(home: string, path: string, text: string): void {
  const full = join(home, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}
