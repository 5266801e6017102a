#!/usr/bin/env node
// Answers --version before anything is loaded, then hands over to the dispatcher. CommonJS, which Node starts sooner.
"use strict";

const { statSync } = require("node:fs");
const path = require("node:path");

const args = process.argv.slice(2);

if (args[0] === "--version" || args[0] === "-V") {
  process.stdout.write(`${require("../package.json").version}\n`);
} else {
  void run();
}

async function run() {
  const { main } = await load();
  const status = await main(args);
  // The parsers' nodes would be given back one by one, which takes as long as a tenth of the run. On Windows output may
  // still be under way.
  if (args[0] === "audit" && process.platform !== "win32") process.exit(status);
  process.exitCode = status;
}

/** The audit starts from one file, where that is not older than the modules it was made of. */
async function load() {
  const whole = path.join(__dirname, "../dist/bundle/audit.cjs");
  if (args[0] === "audit" && isCurrent(whole)) {
    optimizeLate();
    return require(whole);
  }
  return import("../dist/src/main.js");
}

function isCurrent(whole) {
  const made = changedAt(whole);
  // The compiler writes these last; a published package has none.
  const records = ["../dist/src/src", "../../audit/dist/src/src", "../../untorn/dist/src/platform"];
  return made > 0 && records.every((record) => changedAt(path.join(__dirname, `${record}.tsbuildinfo`)) <= made);
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** A run is over in a tenth of a second: what V8 would compile twice by then does not pay. Later versions wait by themselves. */
function optimizeLate() {
  if (process.versions.v8.startsWith("11.")) require("node:v8").setFlagsFromString("--interrupt-budget=500000");
}
