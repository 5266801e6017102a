// Puts what the `untorn` command loads into few files: Node takes longer to find and link two hundred small modules than a command
// takes to run. Made from what the compiler wrote, so the layers are checked before; nothing imports it but the program's
// start, which falls back to the modules where a file is missing or older than they are.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

// Under a name that no module has: many call `require` what they make of it.
const banner = '"use strict";const nodeRequire=require;';

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join(root, "packages/cli");
const place = join(cli, "dist/bundle");

// What others wrote in JavaScript is in the files too. Not in them: what is native or WebAssembly, and `untorn/testing`, which a
// script under test has to share with the command.
const external = ["jq-wasm", "untorn/testing"];

const common = {
  entryPoints: [join(cli, "dist/src/main.js")],
  bundle: true,
  platform: "node",
  target: "node20",
  external,
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
  write: false,
  logLevel: "silent",
  absWorkingDir: root,
};

export async function bundle() {
  mkdirSync(place, { recursive: true });
  const [whole, parts] = await Promise.all([auditInOne(), commandsInParts()]);
  const files = new Map([...parts.files, ...whole.files, ["LICENSES.txt", licenses([whole, parts])]]);
  // The entries come last: until then those of before find the parts that they name.
  const entries = ["audit.cjs", "main.cjs"];
  const names = [...files.keys()].sort((a, b) => entries.indexOf(a) - entries.indexOf(b));
  for (const name of names) writeFileSync(join(place, name), files.get(name));
  for (const name of readdirSync(place)) if (!files.has(name)) rmSync(join(place, name));
}

/** The audit needs nearly all that it stands on, so it is one file; other commands are imported when they are asked about. */
async function auditInOne() {
  const own = {
    name: "audit",
    setup(builder) {
      builder.onResolve({ filter: /^untorn$/ }, ({ path }) => ({ path, external: true }));
      builder.onResolve({ filter: /^\.\/commands\/.*\.js$/ }, ({ path }) =>
        path === "./commands/audit.js" ? null : { path: `../src/${path.slice(2)}`, external: true },
      );
    },
  };
  // CommonJS is loaded without the loader of ES modules, which alone takes some milliseconds.
  const made = strict(
    await build({
      ...common,
      format: "cjs",
      banner: { js: banner },
      outfile: join(place, "audit.cjs"),
      plugins: [own, beside],
    }),
  );
  return { metafile: made.metafile, files: new Map([["audit.cjs", made.outputFiles[0].text]]) };
}

/** Each other command loads the parts that it needs. Only ES modules are split, so the parts become CommonJS afterwards. */
async function commandsInParts() {
  const made = strict(
    await build({
      ...common,
      format: "esm",
      splitting: true,
      outdir: place,
      chunkNames: "[name]-[hash]",
      plugins: [beside],
    }),
  );
  const files = new Map();
  for (const { path, text } of made.outputFiles) {
    const options = {
      format: "cjs",
      platform: "node",
      target: "node20",
      banner,
      minifyWhitespace: true,
      logLevel: "silent",
    };
    const { code } = strict(await transform(required(text, made.outputFiles), options));
    files.set(
      basename(path).replace(/\.js$/, ".cjs"),
      code.replaceAll(/require\("(\.\/[^"]+)\.js"\)/g, 'require("$1.cjs")'),
    );
  }
  return { metafile: made.metafile, files };
}

/** `import()` would start the loader of ES modules. */
function required(text, outputs) {
  const names = new Set(["jq-wasm", ...outputs.map(({ path }) => `./${basename(path)}`)]);
  return text.replaceAll(/\bimport\("([^"]+)"\)/g, (all, name) =>
    names.has(name) ? `Promise.resolve().then(()=>require("${name}"))` : all,
  );
}

/** What a package requires by name lies beside that package, not beside these files. */
const beside = {
  name: "beside",
  setup(builder) {
    builder.onLoad({ filter: /[\\/]packages[\\/][a-z]+[\\/]dist[\\/]src[\\/].*\.js$/ }, ({ path }) => {
      const [, folder] = /[\\/]packages[\\/]([a-z]+)[\\/]dist/.exec(path);
      const { name } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
      const from = folder === "cli" ? "__filename" : `nodeRequire.resolve(${JSON.stringify(`${name}/package.json`)})`;
      return {
        contents: readFileSync(path, "utf8").replaceAll(/\bimport\.meta\.url( \?\? __filename)?/g, from),
      };
    });
  },
};

/** What is only warned of would be found by a user. */
function strict(result) {
  if (result.warnings.length > 0) throw new Error(result.warnings.map(({ text }) => text).join("\n"));
  return result;
}

/** The terms of the packages whose code is in the files. */
function licenses(builds) {
  const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const packages = new Set(
    inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  return [...packages]
    .sort((a, b) => a.localeCompare(b))
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
      if (file === undefined) throw new Error(`${name} has no file with its licence.`);
      return `${name} ${version}\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
