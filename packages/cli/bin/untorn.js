#!/usr/bin/env node
// Answers --version before anything is loaded, then hands over to the dispatcher. CommonJS, which Node starts sooner.
"use strict";

const { existsSync, readdirSync, statSync } = require("node:fs");
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

/** The commands are in few files, where those are not older than the modules they were made of. */
async function load() {
  const whole = path.join(__dirname, "../dist/bundle", args[0] === "audit" ? "audit.cjs" : "main.cjs");
  if (!isCurrent(whole)) return import("../dist/src/main.js");
  if (args[0] === "audit") optimizeLate();
  return require(whole);
}

function isCurrent(whole) {
  const made = changedAt(whole);
  const own = path.join(__dirname, "../dist/src");
  // The compiler writes these last; a published package has none.
  if (made === 0 || changedAt(path.join(own, "src.tsbuildinfo")) === 0) return made > 0;
  const others = ["audit", "markdown", "untorn", "workspace"].map((name) =>
    path.join(__dirname, "../..", name, "dist/src"),
  );
  return [own, ...others].every((folder) => records(folder).every((record) => changedAt(record) <= made));
}

function records(folder) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".tsbuildinfo"));
  return names.map((name) => path.join(folder, name));
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** A run is over in a tenth of a second: what V8 would compile twice by then does not pay. Later versions wait by themselves. */
function optimizeLate() {
  if (process.versions.v8.startsWith("11.")) require("node:v8").setFlagsFromString("--interrupt-budget=500000");
}
