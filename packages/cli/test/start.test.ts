import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

// dist/test -> the package
const cli = join(import.meta.dirname, "../..");
const program = join(cli, "bin/untorn.js");

const bundle = join(cli, "dist/bundle");
const require = (file: string): string =>
  `require(${JSON.stringify(join(bundle, file))}).main(process.argv.slice(1)).then((status) => { process.exitCode = status; });`;
const modules = `import { main } from ${JSON.stringify(join(cli, "dist/src/main.js"))}; process.exitCode = await main(process.argv.slice(1));`;

/** Runs a command from the files that it is built into, and from the modules: both say the same. */
function assertSame(file: string, cwd: string, line: readonly string[]): void {
  const [whole, parts] = [
    ["-e", require(file)],
    ["--input-type=module", "-e", modules],
  ].map((how) => spawnSync(process.execPath, [...how, "--", ...line], { cwd, encoding: "utf8" }));
  const of = (ended: typeof whole): unknown[] => [ended?.status, ended?.stdout, ended?.stderr];
  assert.deepEqual(of(whole), of(parts), line.join(" "));
}

test("the audit in one file says what the modules say", (context) => {
  const root = mkdtempSync(join(tmpdir(), "untorn-one-file-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, "a.js"), 'require("fs").writeFileSync("state.json", text);\n');
  writeFileSync(join(root, "b.py"), 'open("state.json", "w").write(text)\n');
  writeFileSync(join(root, "c.sh"), "echo 1 > state.json\n");
  writeFileSync(join(root, ".gitignore"), "d.sh\n");
  writeFileSync(join(root, "d.sh"), "echo 1 > state.json\n");
  writeFileSync(join(root, "untorn.config.json"), '{ "audit": { "tiers": [{ "files": "*.sh", "tier": "medium" }] } }');
  for (const words of [[], ["--format", "json"], ["--format", "sarif"], ["--rule", "nonsense"], ["--help"]]) {
    assertSame("audit.cjs", root, ["audit", root, ...words]);
  }
});

test("other commands in their parts say what the modules say", (context) => {
  const root = mkdtempSync(join(tmpdir(), "untorn-parts-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, "state.json"), '{ "count": 1, "name": "a" }\n');
  writeFileSync(join(root, "torn.json"), '{ "count": 1, "na');
  writeFileSync(join(root, "note.md"), "---\nstatus: open\ntags: [a, b]\n---\n\n# Note\n");
  writeFileSync(join(root, "a.sh"), "echo 1 > state.json\n");
  mkdirSync(join(root, "backlog/tasks"), { recursive: true });
  writeFileSync(join(root, "backlog/tasks/1.md"), "---\nid: 1\ntitle: { a: b }\n---\n");
  writeFileSync(
    join(root, "untorn.config.mjs"),
    'export default { layouts: [{ name: "own", folder: "own", files: [{ path: "*.json", kind: "json", required: ["id"] }] }] };',
  );
  mkdirSync(join(root, "own"));
  writeFileSync(join(root, "own/a.json"), "{}");
  const lines = [
    "read state.json",
    "read torn.json --json",
    "get state.json .count",
    "get state.json .count|error",
    "frontmatter note.md tags",
    "json state.json .count|error",
    "json state.json .count+=1 --keep-sze",
    "check . --json",
    "recover .",
    "locks .",
    "fix a.sh",
    "explain non-atomic-write",
    "registry --json",
    "chek",
    "--help",
  ];
  for (const line of lines) assertSame("main.cjs", root, line.split(" "));
});

test("the files name nothing that the package does not bring", () => {
  const { dependencies } = JSON.parse(readFileSync(join(cli, "package.json"), "utf8")) as { dependencies: object };
  const missing = readdirSync(bundle)
    .filter((name) => name.endsWith(".cjs"))
    .flatMap((name) =>
      [...readFileSync(join(bundle, name), "utf8").matchAll(/\b(?:require|import)\("([^"\s$]+)"\)/g)]
        .map(([, asked = ""]) => asked)
        .filter((asked) => !isKnown(asked))
        .map((asked) => `${name}: ${asked}`),
    );
  assert.deepEqual(missing, []);

  function isKnown(asked: string): boolean {
    if (asked.startsWith(".")) return existsSync(join(bundle, asked));
    // An installer may put beside a package only what the package itself depends on.
    const [name = ""] = /^(?:@[^/]+\/)?[^/]+/.exec(asked) ?? [];
    return isBuiltin(asked) || Object.hasOwn(dependencies, name);
  }
});

const shell = process.platform === "win32";
const withoutNpm = spawnSync("npm", ["--version"], { shell }).status === 0 ? false : "there is no npm";

test("the package holds the files, and the terms of what is in them", { skip: withoutNpm }, (context) => {
  const cache = mkdtempSync(join(tmpdir(), "untorn-npm-"));
  context.after(() => rmSync(cache, { recursive: true, force: true }));
  const packed = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts", "--cache", cache], {
    cwd: cli,
    encoding: "utf8",
    shell,
  });
  const answer = JSON.parse(packed.stdout) as
    | { files: { path: string }[] }[]
    | Record<string, { files: { path: string }[] }>;
  const paths = new Set(Object.values(answer).flatMap(({ files }) => files.map(({ path }) => path)));
  for (const name of readdirSync(bundle)) assert.ok(paths.has(`dist/bundle/${name}`), name);
  const terms = readFileSync(join(bundle, "LICENSES.txt"), "utf8");
  for (const name of ["yaml", "valibot", "diff", "leven", "picomatch"])
    assert.match(terms, new RegExp(`^${name} \\d`, "m"));
});

test("modules that are newer than the one file are taken in its place", (context) => {
  const place = mkdtempSync(join(tmpdir(), "untorn-one-file-"));
  context.after(() => rmSync(place, { recursive: true, force: true }));
  const home = join(place, "cli");
  put(home, "package.json", '{ "type": "module", "version": "9.9.9" }');
  put(home, "dist/src/main.js", 'export async function main() { console.log("modules"); return 4; }');
  put(home, "dist/bundle/audit.cjs", 'exports.main = async () => { console.log("one file"); return 5; };');
  put(home, "dist/bundle/main.cjs", 'exports.main = async () => { console.log("parts"); return 6; };');
  put(home, "dist/src/src.tsbuildinfo", "{}");
  put(home, "../untorn/dist/src/atomic.tsbuildinfo", "{}");
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
  age("dist/bundle/main.cjs", 2000);
  age("dist/src/src.tsbuildinfo", 1000);
  age("../untorn/dist/src/atomic.tsbuildinfo", 1000);
  const both = (): string[] => [run("audit"), run("write")];
  assert.deepEqual(both(), ["one file 5", "parts 6"]);
  age("dist/src/src.tsbuildinfo", 3000);
  assert.deepEqual(both(), ["modules 4", "modules 4"]);
  age("dist/src/src.tsbuildinfo", 1000);
  age("../untorn/dist/src/atomic.tsbuildinfo", 3000);
  assert.deepEqual(both(), ["modules 4", "modules 4"]);
  // A published package has no records.
  rmSync(join(home, "dist/src/src.tsbuildinfo"));
  assert.deepEqual(both(), ["one file 5", "parts 6"]);
  rmSync(join(home, "dist/bundle/audit.cjs"));
  assert.deepEqual(both(), ["modules 4", "parts 6"]);
  rmSync(join(home, "dist/bundle/main.cjs"));
  assert.deepEqual(both(), ["modules 4", "modules 4"]);
  assert.equal(run("--version"), "9.9.9 0");
});

test("a command loads its own parts and no others", (context) => {
  const place = mkdtempSync(join(tmpdir(), "untorn-one-file-"));
  context.after(() => rmSync(place, { recursive: true, force: true }));
  writeFileSync(join(place, "state.json"), "{}");
  const loaded = (...words: string[]): string[] => {
    const coverage = join(place, words.join("-"));
    const env = { ...process.env, NODE_V8_COVERAGE: coverage };
    const { status } = spawnSync(process.execPath, [program, ...words], { cwd: place, env });
    assert.ok(status === 0 || words[0] === "audit");
    const reports = readdirSync(coverage).map(
      (name) => JSON.parse(readFileSync(join(coverage, name), "utf8")) as { result: { url: string }[] },
    );
    return reports.flatMap(({ result }) => result.map(({ url }) => url)).filter((url) => !url.startsWith("node:"));
  };
  assert.ok(loaded("audit").some((url) => url.endsWith("/dist/bundle/audit.cjs")));
  for (const words of [["read", "state.json"], ["get", "state.json", "."], ["write", "--help"], ["--help"]]) {
    const urls = loaded(...words);
    assert.ok(urls.some((url) => url.endsWith("/dist/bundle/main.cjs")));
    const modules = urls.filter((url) => url.includes("/dist/src/") || url.includes("ast-grep"));
    assert.deepEqual(modules, [], "nothing is taken from the modules");
    if (words[0] === "--help") continue;
    assert.ok(urls.length < 25, urls.join("\n"));
    // 180 kB of YAML and all of the audit are for those that need them.
    const text = urls
      .filter((url) => url.includes("/dist/bundle/"))
      .map((url) => readFileSync(fileURLToPath(url), "utf8"));
    assert.doesNotMatch(text.join("\n"), /BLOCK_AS_IMPLICIT_KEY|non-atomic-write/);
  }
});

function put(home: string, path: string, text: string): void {
  const full = join(home, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}
