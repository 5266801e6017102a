#!/usr/bin/env node
// Answers --version before anything is loaded, then hands over to the dispatcher.
import * as nodeModule from "node:module";

const args = process.argv.slice(2);

if (args[0] === "--version" || args[0] === "-V") {
  const { version } = nodeModule.createRequire(import.meta.url)("../package.json");
  process.stdout.write(`${version}\n`);
} else {
  const { main } = await import("../dist/src/main.js");
  process.exitCode = await main(args);
}
