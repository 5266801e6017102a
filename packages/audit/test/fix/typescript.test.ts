import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { applyFiles, planFixes, toChanges } from "../../src/fix/index.ts";
import { project } from "../project.ts";
import { packages, run, withLibrary } from "./sides.ts";

const modules = join(packages, "../node_modules");
const compiler = join(modules, "typescript/bin/tsc");
const writing = 'import { writeFileSync } from "node:fs";\nwriteFileSync("a.json", "{}");\n';
const plain = '{ "name": "plain" }';
const settings = (options: object, more: object = {}): string =>
  `// what is compiled\n${JSON.stringify({ ...more, compilerOptions: { strict: true, target: "es2022", types: ["node"], noEmit: true, ...options } })}`;

// Whether a fix is safe is what the compiler says of the fixed file.
for (const [title, files] of [
  ["ES modules", { "package.json": '{ "type": "module" }', "tsconfig.json": settings({ module: "node16" }) }],
  ["CommonJS", { "package.json": plain, "tsconfig.json": settings({ module: "commonjs" }) }],
  ["CommonJS of node16", { "package.json": plain, "tsconfig.json": settings({ module: "Node16" }) }],
  ["CommonJS of node18", { "package.json": plain, "tsconfig.json": settings({ module: "node18" }) }],
  ["CommonJS of node20", { "package.json": plain, "tsconfig.json": settings({ module: "node20" }) }],
  ["CommonJS of nodenext", { "package.json": plain, "tsconfig.json": settings({ module: "NodeNext" }) }],
  [
    "CommonJS of what it extends",
    {
      "package.json": plain,
      "base.json": settings({ module: "node16" }),
      "tsconfig.json": settings({}, { extends: ["./base"] }),
    },
  ],
  [
    "more than it extends",
    {
      "package.json": plain,
      "base.json": settings({ module: "node16" }),
      "tsconfig.json": settings({ module: "nodenext" }, { extends: "./base.json" }),
    },
  ],
  [
    "a package in a repository",
    {
      "package.json": '{ "type": "module" }',
      "src/package.json": plain,
      "tsconfig.json": settings({ module: "node16" }),
    },
  ],
  ["what a bundler takes", { "package.json": plain, "tsconfig.json": settings({ module: "preserve" }) }],
] as const) {
  test(`TypeScript that becomes ${title}: safe where it compiles`, { timeout: 60_000 }, async (context) => {
    const root = project(context, { ...files, "src/a.ts": writing });
    withLibrary(root);
    mkdirSync(join(root, "node_modules/@types"));
    symlinkSync(join(modules, "@types/node"), join(root, "node_modules/@types/node"));
    const compiled = (): string => run(root, process.execPath, [compiler, "-p", "."]).stdout;
    assert.equal(compiled(), "");
    const { fixed } = await planFixes(root, { rules: ["non-atomic-write"] });
    const { files: changed } = await planFixes(root, { rules: ["non-atomic-write"], unsafe: true });
    assert.equal(changed.length, 1);
    await applyFiles(root, toChanges(changed));
    const said = compiled();
    assert.equal(fixed === 1, said === "", said);
    if (said !== "") assert.match(said, /TS1479/);
  });
}

// https://jestjs.io/docs/ecmascript-modules#require-of-esm
for (const [title, files, safe] of [
  ["CommonJS", { "package.json": '{ "devDependencies": { "jest": "^30.0.0" } }', "src/a.js": writing }, 0],
  [
    "CommonJS of a repository",
    {
      "package.json": '{ "type": "module", "devDependencies": { "jest": "30" } }',
      "src/package.json": plain,
      "src/a.ts": writing,
    },
    0,
  ],
  [
    "ES modules",
    { "package.json": '{ "type": "module", "devDependencies": { "jest": "30" } }', "src/a.js": writing },
    1,
  ],
  ["an ES module", { "package.json": '{ "devDependencies": { "jest": "30" } }', "src/a.mjs": writing }, 1],
] as const) {
  test(`${title} that Jest tests: ${safe} safe`, async (context) => {
    const { fixed, unsafe } = await planFixes(project(context, files), { rules: ["non-atomic-write"] });
    assert.deepEqual([fixed, unsafe], [safe, 1 - safe]);
  });
}

// Not the compiler that is installed here: what the package asks for refuses it.
for (const [version, safe] of [
  ["^5.4.5", 0],
  ["~5.8.2", 1],
  [">=6.0.0", 1],
] as const) {
  test(`TypeScript ${version} that becomes CommonJS of nodenext: ${safe} safe`, async (context) => {
    const manifest = JSON.stringify({ devDependencies: { typescript: version } });
    const configuration = settings({ module: "nodenext" });
    const files = {
      "package.json": manifest,
      "src/package.json": plain,
      "tsconfig.json": configuration,
      "src/a.ts": writing,
    };
    const { fixed } = await planFixes(project(context, files), { rules: ["non-atomic-write"] });
    assert.equal(fixed, safe);
  });
}
