// Puts what `untorn audit` starts with into one file: Node takes longer to find and link seventy small modules than the
// audit of a small project takes. Made from what the compiler wrote, so the layers are checked before; nothing imports it
// but the program's start, which falls back to the modules where the file is missing or older than they are.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const cli = fileURLToPath(new URL("../packages/cli/", import.meta.url));

export async function bundle() {
  mkdirSync(`${cli}dist/bundle`, { recursive: true });
  await build({
    entryPoints: [`${cli}dist/src/main.js`],
    outfile: `${cli}dist/bundle/audit.cjs`,
    bundle: true,
    platform: "node",
    target: "node20",
    // CommonJS is loaded without the loader of ES modules, which alone takes some milliseconds.
    format: "cjs",
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "warning",
    // What the audit requires by name lies beside the audit, not beside this file.
    define: { "import.meta.url": "auditPackage" },
    banner: { js: `"use strict";const auditPackage=require.resolve("@untorn/audit/package.json");` },
    external: ["diff", "leven", "picomatch", "ignore", "@ast-grep/*", "@vscode/*"],
    plugins: [{ name: "whole", setup: leaveOut }],
  });
}

/** Other commands and the library itself stay where they are; they are imported when they are needed. */
function leaveOut(build) {
  build.onResolve({ filter: /^untorn$/ }, ({ path }) => ({ path, external: true }));
  build.onResolve({ filter: /^\.\/commands\/.*\.js$/ }, ({ path }) =>
    path === "./commands/audit.js" ? null : { path: `../src/${path.slice(2)}`, external: true },
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
