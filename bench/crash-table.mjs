// What a power cut or a kill costs, by library and file system: every state that the persistence models allow.
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { argumentsOf } from "../scripts/arguments.mjs";
import { crashTestOf, exploreCrashes, formatCrashReport, persistenceModels, simulateNodeFs } from "untorn/testing";

const { values } = argumentsOf("node bench/crash-table.mjs [--states N] [--stories]", {
  options: { states: { type: "string", default: "50000" }, stories: { type: "boolean" } },
});

process.env.UNTORN_NATIVE = "0";
simulateNodeFs();
// From here on every module gets the simulated node:fs.
const require = createRequire(import.meta.url);
const fs = await import("node:fs/promises");
const writeFileAtomic = require("write-file-atomic");
const atomically = await import("atomically");
const fastWriteAtomic = promisify(require("fast-write-atomic"));
const { Writer } = await import("steno");
const untorn = await import("untorn");

const writers = {
  "fs.writeFile": (path, text) => fs.writeFile(path, text),
  "fs.writeFile, flush": (path, text) => fs.writeFile(path, text, { flush: true }),
  "write-file-atomic": (path, text) => writeFileAtomic(path, text),
  atomically: (path, text) => atomically.writeFile(path, text),
  "fast-write-atomic": (path, text) => fastWriteAtomic(path, text),
  steno: (path, text) => new Writer(path).write(text),
  "untorn, normal": (path, text) => untorn.writeFile(path, text, { durability: "normal" }),
  untorn: (path, text) => untorn.writeFile(path, text),
};

const versions = [0, 1, 2, 3].map((version) => `${JSON.stringify({ version, note: "x".repeat(600) })}\n`);

const rows = [];
for (const [name, write] of Object.entries(writers)) {
  const test = crashTestOf({
    versions,
    save: (folder, text) => write(`${folder}/state.json`, text),
    load: (folder) => fs.readFile(`${folder}/state.json`, "utf8"),
  });
  const report = await exploreCrashes({ ...test, states: Number(values.states) });
  const cell = (model) => {
    const kinds = ["torn", "lost"].filter((kind) =>
      report.failures.some(({ message, states }) => message.startsWith(kind) && states[model] > 0),
    );
    return kinds.length === 0 ? "good" : kinds.join(", ");
  };
  rows.push({
    writer: name,
    states: report.states,
    killed: cell("process"),
    ...Object.fromEntries(persistenceModels.map((model) => [model.name, cell(model.name)])),
  });
  if (values.stories) console.log(`\n${name}\n${formatCrashReport(report)}`);
}

const columns = Object.keys(rows[0]);
console.log(`| ${columns.join(" | ")} |`);
console.log(`|${columns.map(() => " --- ").join("|")}|`);
for (const row of rows) console.log(`| ${columns.map((column) => row[column]).join(" | ")} |`);
console.log(`
torn: load gave something that was never saved (empty, zeros, a part). lost: an older value after a newer save had returned.
killed: the process was killed, the machine went on. The other columns are power cuts, by persistence model.`);
