// What the packages export is a promise: it is listed here, and every part of it is documented where it is defined.
// UNTORN_UPDATE_API=1 writes the list anew.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const listing = join(root, "test/public-api.json");

/** The entries of every package that may be imported: name, source of the types, built module. */
const entries = readdirSync(join(root, "packages")).flatMap((folder) => {
  const place = join(root, "packages", folder);
  const { name, exports: all = {} } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  return Object.entries(all)
    .filter(([, target]) => typeof target === "string" && target.endsWith(".js"))
    .map(([path, target]) => ({
      name: join(name, path).replace(/\/$/, ""),
      module: join(place, target),
      source: join(place, target.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts")),
      folder: join(place, "src"),
    }));
});

/** Names that a source file exports for the type system only; `export *` is followed. */
function typesOf(path) {
  const text = readFileSync(path, "utf8");
  const names = [];
  for (const [, list] of text.matchAll(/^export type \{([^}]*)\}/gm)) {
    for (const item of list.split(",")) {
      const name = item
        .trim()
        .split(/\s+as\s+/)
        .at(-1);
      if (name) names.push(name);
    }
  }
  for (const [, name] of text.matchAll(/^export (?:interface|type) (\w+)/gm)) names.push(name);
  for (const [, target] of text.matchAll(/^export (?:type )?\* from "([^"]+)"/gm)) {
    names.push(...typesOf(join(dirname(path), target)));
  }
  return names;
}

async function exportsOf(entry) {
  const values = Object.keys(await import(pathToFileURL(entry.module).href));
  return [...new Set([...values, ...typesOf(entry.source)])].sort((a, b) => (a < b ? -1 : 1));
}

const api = {};
for (const entry of entries) api[entry.name] = await exportsOf(entry);

test("what the packages export is what test/public-api.json lists", () => {
  if (process.env.UNTORN_UPDATE_API === "1") writeFileSync(listing, `${JSON.stringify(api, null, 2)}\n`);
  assert.ok(existsSync(listing));
  assert.deepEqual(api, JSON.parse(readFileSync(listing, "utf8")));
});

function sourcesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), "utf8"));
}

/**
 * Whether a name is declared under a docstring: by itself, or as a member that is exported under its name. Options
 * explain themselves member by member.
 */
function isDocumented(name, sources) {
  const declaration = new RegExp(
    `\\*/\\s*\\n(?:export (?:declare )?(?:abstract )?(?:async )?(?:function\\*?|class|const|interface|type) |\\s+(?:readonly )?(?:async )?)${name}\\b`,
  );
  const options = new RegExp(`^export interface ${name}\\b[^{]*\\{\\s*/\\*\\*`, "m");
  return sources.some((text) => declaration.test(text) || options.test(text));
}

for (const entry of entries) {
  test(`everything that ${entry.name} exports is documented`, () => {
    const sources = sourcesUnder(entry.folder);
    const bare = api[entry.name].filter((name) => name !== "default" && !isDocumented(name, sources));
    assert.deepEqual(bare, []);
  });
}
