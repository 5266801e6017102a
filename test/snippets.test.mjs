// Runs every js, ts and sh snippet of the README and the documents, each in a folder of its own.
//
// An HTML comment right before a snippet says what is special about it:
//   <!-- given: COMMANDS -->       shell commands that prepare its folder
//   <!-- exits: N -->              the exit status that is meant, if not 0
//   <!-- continues -->             it goes on in the folder of the snippet before it
//   <!-- not run: REASON -->       it is not run
//   <!-- not compiled: REASON -->  it is not compiled as TypeScript (snippet-types.test.mjs)
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { documents, root, snippetsOf } from "./snippets.mjs";

const place = mkdtempSync(join(tmpdir(), "untorn-snippets-"));
after(() => rmSync(place, { recursive: true, force: true }));

symlinkSync(join(root, "node_modules"), join(place, "node_modules"), "junction");
mkdirSync(join(place, "bin"));
const command = join(root, "packages/cli/bin/untorn.js");
if (existsSync(command)) {
  writeFileSync(join(place, "bin/untorn"), `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`, {
    mode: 0o755,
  });
}

function run(file, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      timeout: 30_000,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: `${join(place, "bin")}${delimiter}${process.env.PATH}`, NODE_NO_WARNINGS: "1" },
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ status: -1, output: String(error) }));
    child.on("close", (status) => resolve({ status, output }));
  });
}

const tsOptions = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  },
  include: ["*.mts"],
};

async function runSnippet(snippet, folder) {
  const { language, code } = snippet;
  if (language === "sh") return await run("sh", ["-eu", "-c", code], folder);
  const file = join(folder, `snippet-${snippet.line}`);
  if (language === "js") {
    writeFileSync(`${file}.mjs`, code);
  } else {
    writeFileSync(`${file}.mts`, code);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsOptions));
    const built = await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "."], folder);
    if (built.status !== 0) return built;
    rmSync(`${file}.mts`);
    rmSync(join(folder, "tsconfig.json"));
  }
  return await run(process.execPath, [`${file}.mjs`], folder);
}

// Tests of one file run one after the other, so a snippet may go on where the one before it ended.
let count = 0;
for (const path of documents()) {
  let folder = "";
  for (const snippet of snippetsOf(readFileSync(join(root, path), "utf8"))) {
    if (!snippet.continues) mkdirSync((folder = join(place, `${(count += 1)}`)));
    const own = folder;
    const options = snippet.isMarkedNotRun ? { skip: snippet.notRun } : {};
    test(`${path}:${snippet.line} (${snippet.language})`, options, async () => {
      if (snippet.given !== undefined) {
        const given = await run("sh", ["-eu", "-c", snippet.given], own);
        assert.equal(given.status, 0, given.output);
      }
      const { status, output } = await runSnippet(snippet, own);
      assert.equal(status, snippet.exits, output);
    });
  }
}

test("the reader of snippets finds them, with what is said about each", () => {
  const fence = "```";
  const text = `a\n${fence}js\nx\n${fence}\n\n<!-- given: echo 1 > f -->\n<!-- exits: 2 -->\n${fence}sh\ncat f\n${fence}\n<!-- not run: why -->\n\n${fence}ts\n${fence}\n${fence}json\n{}\n${fence}\n`;
  const found = snippetsOf(text);
  assert.deepEqual(
    found.map(({ language, code, line, given, exits, notRun }) => ({ language, code, line, given, exits, notRun })),
    [
      { language: "js", code: "x\n", line: 2, given: undefined, exits: 0, notRun: undefined },
      { language: "sh", code: "cat f\n", line: 8, given: "echo 1 > f", exits: 2, notRun: undefined },
      { language: "ts", code: "", line: 13, given: undefined, exits: 0, notRun: "why" },
    ],
  );
});
