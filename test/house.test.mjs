// The rules of the house that a compiler does not hold. AGENTS.md says them in words.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "packages/untorn/src");

/** From the ground up; an import may only go down. */
const layers = [
  "platform",
  "protocol",
  "documents",
  "formats",
  "atomic",
  "lock",
  "quarantine",
  "generations",
  "transaction",
  "update",
  "recovery",
  "store",
  "state",
  "monitor",
  "testing",
];

function filesUnder(folder, extensions) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !/[\\/](?:node_modules|dist|fixtures)[\\/]/.test(path));
}

const packages = readdirSync(join(root, "packages"));
const code = [
  ...packages.flatMap((name) =>
    ["src", "test", "bin"].flatMap((part) => filesUnder(join(root, "packages", name, part), [".ts", ".js", ".mjs"])),
  ),
  ...["scripts", "test", "bench", "lab/src", "lab/test"].flatMap((part) =>
    filesUnder(join(root, part), [".ts", ".js", ".mjs"]),
  ),
];
const texts = new Map(code.map((path) => [path, readFileSync(path, "utf8")]));
const name = (path) => relative(root, path).split(sep).join("/");

/** What a module imports or exports again; comments and strings that only look like it do not begin a line so. */
function importsOf(text) {
  const found = [];
  for (const match of text.matchAll(/^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"([^"]+)"/gm)) found.push(match[1]);
  for (const match of text.matchAll(/\bimport\("([^"]+)"\)/g)) found.push(match[1]);
  return found;
}

const librarySources = code.filter((path) => path.startsWith(source));
const layerOf = (path) => {
  const parts = relative(source, path).split(sep);
  return parts.length > 1 ? parts[0] : undefined;
};

test("imports between the library's folders go down, and through the door", () => {
  const wrong = [];
  for (const path of librarySources) {
    const own = layerOf(path);
    for (const specifier of importsOf(texts.get(path)).filter((each) => each.startsWith("."))) {
      const target = join(dirname(path), specifier);
      const other = layerOf(target);
      if (own === other) continue;
      if (own !== undefined && layers.indexOf(other) >= layers.indexOf(own))
        wrong.push(`${name(path)} goes up: ${specifier}`);
      // How text is decoded is told by one file, which every kind of document and format shares; errors and the
      // configuration have a door of their own, for programs that need nothing else.
      const isDoor =
        basename(target) === "index.ts" ||
        /(?:documents\/text|platform\/(?:errors|config-file))\.ts$/.test(name(target));
      if (other === undefined || !isDoor) wrong.push(`${name(path)} not by the door: ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(librarySources.length > 40);
});

test("every folder of the library is one of the layers, with one door, and AGENTS.md names it", () => {
  const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const agents = readFileSync(join(root, "AGENTS.md"), "utf8");
  for (const { name: folder } of folders) {
    assert.ok(layers.includes(folder), `${folder} is no layer`);
    // A folder without a door of its own has one in each of its parts.
    const parts = readdirSync(join(source, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const doors = [".", ...parts.map((entry) => entry.name)].map((part) => join(source, folder, part, "index.ts"));
    const hasDoor = existsSync(doors[0]) || (doors.length > 1 && doors.slice(1).every((door) => existsSync(door)));
    assert.ok(hasDoor, `${folder} has no index.ts`);
    assert.ok(agents.includes(`    ${folder}/ `), `AGENTS.md does not name ${folder}/`);
  }
});

test("only the platform touches the file system of Node", () => {
  const fileSystem = /^(?:node:)?fs(?:\/promises)?$/;
  const wrong = librarySources.filter(
    (path) => layerOf(path) !== "platform" && importsOf(texts.get(path)).some((each) => fileSystem.test(each)),
  );
  assert.deepEqual(wrong.map(name), []);
  assert.ok(librarySources.some((path) => importsOf(texts.get(path)).some((each) => fileSystem.test(each))));
});

test("chance and the time of day come from the port, so that the seed of a simulated run fixes them", () => {
  // What stands on any store, also one in a database, has no port.
  const wrong = librarySources.filter(
    (path) =>
      !["platform", "testing"].includes(layerOf(path)) &&
      !/state.again\.ts$/.test(path) &&
      /Math\.random|Date\.now|new Date\(\)/.test(texts.get(path)),
  );
  assert.deepEqual(wrong.map(name), []);
});

test("other packages know the library by its name only", () => {
  const wrong = [];
  for (const path of code.filter((each) => /packages\/(?!untorn\/)[^/]+\/src/.test(name(each)))) {
    const own = name(path).split("/").slice(0, 2).join("/");
    for (const specifier of importsOf(texts.get(path))) {
      if (specifier.startsWith(".") && !name(join(dirname(path), specifier)).startsWith(`${own}/`)) {
        wrong.push(`${name(path)}: ${specifier}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("the systems of the workspace know each other by their doors", () => {
  const workspace = join(root, "packages/workspace/src");
  const wrong = [];
  for (const path of code.filter((each) => each.startsWith(workspace))) {
    for (const specifier of importsOf(texts.get(path)).filter((each) => each.startsWith("../"))) {
      if (basename(specifier) !== "index.ts") wrong.push(`${name(path)} not by the door: ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("no file has more than 300 lines without saying why", () => {
  const wrong = code.filter((path) => {
    const text = texts.get(path);
    return text.split("\n").length > 301 && !/More than 300 lines: \S/.test(text.slice(0, 600));
  });
  assert.deepEqual(wrong.map(name), []);
});

test("nothing is left to be done later", () => {
  // Written so that it does not find itself.
  const marker = /\b(?:T[O]DO|F[I]XME|X[X]X)\b/;
  const documents = [join(root, "README.md"), ...filesUnder(join(root, "docs"), [".md"])].filter(existsSync);
  // A test of Markdown tasks may hold the word as data.
  const wrong = [...code.filter((path) => !name(path).includes("/test/")), ...documents].filter((path) =>
    marker.test(readFileSync(path, "utf8")),
  );
  assert.deepEqual(wrong.map(name), []);
});

test("each line of docs/security.md names a test that is there", () => {
  const text = readFileSync(join(root, "docs/security.md"), "utf8");
  const table = text.slice(text.indexOf("| --- |"), text.indexOf("## What is not defended")).split("\n").slice(1);
  const rows = table.filter((line) => line.startsWith("|"));
  assert.ok(rows.length > 15);
  for (const row of rows) {
    const tests = [...(row.split("|").at(-2) ?? "").matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]);
    assert.ok(tests.length > 0, row);
    for (const path of tests) assert.ok(existsSync(join(root, "docs", path)), path);
  }
});

test("the lock file names no registry, and nothing names a folder of the machine it was written on", () => {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  assert.equal(/"resolved": "https?:/.test(lock), false);
  const place = new RegExp(`["'\`\\s(]/(?:${["home", "root", "Users", "work"].join("|")})/\\w`);
  const wrong = librarySources.filter((path) => place.test(texts.get(path)));
  assert.deepEqual(wrong.map(name), []);
});

test("every error code has one heading in docs/errors.md, in order, and nothing else has", async () => {
  const { errorCodes } = await import("../packages/untorn/dist/src/platform/index.js");
  const text = readFileSync(join(root, "docs/errors.md"), "utf8");
  const headings = [...text.matchAll(/^## (\S+)$/gm)].map((match) => match[1]);
  // A command line that is none: only commands have it.
  assert.deepEqual(headings, [...errorCodes, "UNTORN_USAGE"]);
  for (const [index, section] of text.split(/^## /m).slice(1).entries()) {
    for (const part of ["When:", "On disk:", "Do:"]) {
      assert.ok(section.includes(`\n- ${part} `), `${headings[index]} lacks "- ${part}"`);
    }
  }
  assert.deepEqual([...errorCodes], errorCodes.toSorted());
});
