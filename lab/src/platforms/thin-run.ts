// RUNTIME thin-run.js FILE OUT: runs a test file that imports the thin runner instead of node:test.
import { pathToFileURL } from "node:url";
import { runRegistered } from "./thin-test.ts";

const [, , file = "", out = ""] = process.argv;
// What a test starts through a shell or `unshare` is started with Node's options, which not every runtime knows: a script that does.
const asNode = process.env["UNTORN_AS_NODE"];
if (asNode !== undefined) process.execPath = asNode;
await import(pathToFileURL(file).href);
await runRegistered(process.env["UNTORN_TEST_NAME"] ?? file, out);
process.exit(0);
