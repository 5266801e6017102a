// npm run pack -- FOLDER: builds the packages, and puts them into FOLDER as files that `npm install` takes.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { root, setup } from "./setup.mjs";

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || folder.startsWith("-") || more.length > 0) {
  console.error("usage: npm run pack -- FOLDER");
  process.exit(2);
}
const place = resolve(process.env.INIT_CWD ?? ".", folder);
makeFolder(place);
setup();
const onWindows = process.platform === "win32";

const packages = readdirSync(`${root}packages`).flatMap((name) => ["--workspace", `packages/${name}`]);
const { status, error } = spawnSync(
  "npm",
  ["pack", "--silent", ...packages, "--pack-destination", onWindows ? `"${place}"` : place],
  {
    cwd: root,
    stdio: "inherit",
    // Node starts `npm.cmd` through a shell only, which takes words apart.
    shell: onWindows,
  },
);
if (error) throw error;
if (status !== 0) process.exit(status ?? 1);
const quoted = /^[\w./:-]+$/.test(place) ? place : `"${place}"`;
console.log(`In your own project: npm install ${quoted}/*.tgz`);

/** Not its parents as well: below /proc, Node's `recursive` goes round for ever. */
function makeFolder(path) {
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) mkdirSync(path);
  } catch (error) {
    console.error(`${path} cannot be made (${error.code}). Nothing was packed. Name a folder in one that is there.`);
    process.exit(1);
  }
}
