// Compiles every js and ts snippet of the README and the documents as strict TypeScript, against the types of the packages: what is
// copied from a document into somebody's program has to pass his compiler, too. One run of the compiler for all of them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { documents, root, snippetsOf } from "./snippets.mjs";

const place = mkdtempSync(join(tmpdir(), "untorn-snippet-types-"));
after(() => rmSync(place, { recursive: true, force: true }));

test("every snippet compiles in strict TypeScript", () => {
  symlinkSync(join(root, "node_modules"), join(place, "node_modules"), "junction");
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    // A snippet in JavaScript has parameters without types, and imports the reader's own modules.
    noImplicitAny: false,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mts"] }));
  let count = 0;
  for (const path of documents()) {
    // What a rule shows in JavaScript is what somebody else's program looks like.
    if (path.startsWith("docs/rules/")) continue;
    for (const { language, code, line, notCompiled } of snippetsOf(readFileSync(join(root, path), "utf8"))) {
      if (language === "sh" || notCompiled) continue;
      writeFileSync(join(place, `${path.replaceAll(/[\\/]/g, "_")}-${line}.mts`), `${code}\nexport {};\n`);
      count += 1;
    }
  }
  assert.ok(count > 15, `${count} snippets`);
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, "-p", place], { encoding: "utf8" });
  assert.equal(status, 0, `${stdout}${stderr}`);
});
