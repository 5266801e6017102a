// The packages as they are published: what `npm pack` takes, unpacked beside the dependencies that each names, and used.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "untorn-pack-"));
after(() => rmSync(place, { recursive: true, force: true }));

const packages = readdirSync(join(root, "packages")).map((name) => ({
  folder: join(root, "packages", name),
  manifest: JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8")),
}));
const modules = join(place, "node_modules");

function run(file, args, cwd = place) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: "utf8", timeout: 60_000 });
  if (error) throw error;
  return { status, output: `${stdout}${stderr}` };
}

function done(file, args, cwd) {
  const { status, output } = run(file, args, cwd);
  assert.equal(status, 0, `${file} ${args.join(" ")}: ${output}`);
  return output;
}

/** Unpacks every package, and links what it names as a dependency: nothing that it only finds in this repository. */
function install() {
  const tarballs = join(place, "tarballs");
  mkdirSync(tarballs);
  done("npm", [
    "pack",
    "--silent",
    "--ignore-scripts",
    "--pack-destination",
    tarballs,
    ...packages.map((one) => one.folder),
  ]);
  for (const { manifest } of packages) {
    const file = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
    const folder = join(modules, manifest.name);
    mkdirSync(folder, { recursive: true });
    done("tar", ["-xzf", join(tarballs, file), "--strip-components=1", "-C", folder]);
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      const target = join(root, "node_modules", name);
      if (packages.some((one) => one.manifest.name === name) || existsSync(join(modules, name))) continue;
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(target, join(modules, name), "junction");
    }
  }
}

test("what is packed installs and runs by itself", { timeout: 170_000 }, async (t) => {
  install();

  await t.test("each package has a license, a readme, and no source maps of tests or records of the compiler", () => {
    for (const { manifest } of packages) {
      const folder = join(modules, manifest.name);
      for (const file of ["LICENSE", "README.md"])
        assert.ok(existsSync(join(folder, file)), `${manifest.name}: ${file}`);
      const files = readdirSync(folder, { recursive: true }).map(String);
      assert.deepEqual(
        files.filter((file) => /\.tsbuildinfo$|[\\/]test[\\/]|\.test\./.test(file)),
        [],
      );
    }
  });

  await t.test("every entry point loads", () => {
    const entries = packages.flatMap(({ manifest: { name, exports = {} } }) =>
      Object.keys(exports)
        .filter((path) => path !== "./package.json")
        .map((path) => name + path.slice(1)),
    );
    assert.ok(entries.length > 15, String(entries));
    const script = `for (const entry of ${JSON.stringify(entries)}) if (Object.keys(await import(entry)).length === 0) throw new Error(entry);`;
    writeFileSync(join(place, "entries.mjs"), script);
    done(process.execPath, ["entries.mjs"]);
  });

  await t.test("its types are found by a program that is strict", () => {
    writeFileSync(
      join(place, "typed.mts"),
      `import { writeFile, type Receipt } from "untorn";
import { updateJson } from "untorn/json";
import { openStore } from "untorn/store";
import { setField } from "@untorn/markdown";
import { audit } from "@untorn/audit";
import { StateManager } from "@untorn/workspace/pipeline";
const receipt: Receipt = await writeFile("a", "b");
// @ts-expect-error: a receipt's etag is text
const wrong: number = receipt.etag;
export { audit, openStore, setField, StateManager, updateJson, wrong };
`,
    );
    // As TypeScript 7 does by itself: no package's types are there that nothing asks for.
    const compilerOptions = { module: "nodenext", target: "es2023", strict: true, noEmit: true, types: [] };
    writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["typed.mts"] }));
    symlinkSync(join(root, "node_modules/@types"), join(modules, "@types"), "junction");
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    done(process.execPath, [compiler, "-p", place]);
    // A project that compiles to CommonJS, where older compilers look at `main` and `types` alone.
    writeFileSync(join(place, "common.cts"), 'import { writeFileSync } from "untorn";\nwriteFileSync("a", "b");\n');
    done(process.execPath, [compiler, "--noEmit", "--strict", "--ignoreConfig", "--module", "commonjs", "common.cts"]);
    for (const { manifest } of packages.filter((one) => one.manifest.exports?.["."] !== undefined)) {
      const { name, main, types, exports } = manifest;
      assert.equal(main, exports["."]);
      assert.equal(types, main.replace(/js$/, "d.ts"));
      assert.ok(existsSync(join(modules, name, types)), types);
    }
  });

  await t.test("a bundle of CommonJS has the kernel's locks as the modules have them", () => {
    const script = (name) => `import { lockSync } from "untorn";
import { readdirSync } from "node:fs";
const lock = lockSync("${name}");
console.log(readdirSync(".${name}.untorn.lock")[0].split("-")[0]);
lock[Symbol.dispose]();
`;
    writeFileSync(join(place, "lock.mjs"), script("one"));
    writeFileSync(join(place, "bundled.mjs"), script("two"));
    const esbuild = join(root, "node_modules/esbuild/bin/esbuild");
    done(esbuild, ["bundled.mjs", "--bundle", "--platform=node", "--format=cjs", "--outfile=bundled.cjs"]);
    assert.equal(done(process.execPath, ["bundled.cjs"]), done(process.execPath, ["lock.mjs"]));
  });

  await t.test("the command writes, changes, checks, audits and fixes", () => {
    const bin = join(modules, "@untorn/cli", packages.find((one) => one.manifest.bin).manifest.bin.untorn);
    const work = join(place, "work");
    mkdirSync(work);
    const untorn = (...args) => done(process.execPath, [bin, ...args], work);
    untorn("write", "state.json", "--", process.execPath, "-p", "'{\"task\":3}'");
    untorn("json", "state.json", ".task += 1");
    assert.equal(untorn("get", "state.json", ".task").trim(), "4");
    untorn("project", "init", ".");
    assert.match(untorn("check", "."), /nothing wrong/);
    writeFileSync(join(work, "save.mjs"), 'import fs from "node:fs";\nfs.writeFileSync("state.json", "{}");\n');
    assert.match(run(process.execPath, [bin, "audit", "."], work).output, /non-atomic-write/);
    untorn("fix", ".", "--write");
    assert.match(readFileSync(join(work, "save.mjs"), "utf8"), /from "untorn"/);
    done(process.execPath, ["save.mjs"], work);
    assert.equal(readFileSync(join(work, "state.json"), "utf8"), "{}");
  });
});
