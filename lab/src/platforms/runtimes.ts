import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchPackage, fromNpm } from "./packages.ts";
import type { Absent } from "./packages.ts";
import type { Command, Platform, Ready } from "./platform.ts";
import { thinPath } from "./thin-copy.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const reporter = new URL("./lines-reporter.js", import.meta.url).href;
const thinRun = fileURLToPath(new URL("./thin-run.js", import.meta.url));

const timeoutMs = 300_000;

/** Node's own runner on one file. */
export function nodeCommand(node: string, file: string, out: string): Command {
  const args = ["--test", `--test-timeout=${timeoutMs}`, `--test-reporter=${reporter}`];
  return { program: node, args: [...args, `--test-reporter-destination=${out}`, join(root, file)], env: {}, out };
}

/** Where quick runs look: what a runtime can get wrong, and no long loops. */
const quickFiles =
  /\/(?:platform\/runtimes|platform\/places|atomic\/(?:conditions|data|directories|disk-full|links|metadata|network|order|refusals|windows)|lock\/(?:lock|left-behind)|update\/(?:update-file|late-errors)|transaction\/transaction|store\/directory)\.test\.js$/;

const takes: Platform["takes"] = (file, quick) => !quick || quickFiles.test(file);

export function nodePlatform(major: string, quick: boolean): Platform {
  return {
    name: `node ${major}`,
    takes,
    quick,
    jobs: 2,
    prepare(folder) {
      const program = nodeProgram(major);
      if (typeof program !== "string") return program.reason;
      const title = `Node ${version(program)}`;
      const command: Ready["command"] = (file, index) => nodeCommand(program, file, join(folder, `${index}.jsonl`));
      return { title, command, end: () => undefined };
    },
  };
}

export function nodeProgram(major: string): string | Absent {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  if (!onLinux) return { reason: notLinux };
  return program(() => join(fetchPackage(`node-linux-${process.arch}`, major).folder, "bin/node"));
}

const onLinux = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
const notLinux = "binaries are brought for Linux on x64 and arm64 only";

function program(bring: () => string): string | Absent {
  return fromNpm(() => {
    const path = bring();
    chmodSync(path, 0o755);
    return path;
  });
}

function version(path: string): string {
  return (
    spawnSync(path, ["--version"], { encoding: "utf8" })
      .stdout.split("\n")[0]
      ?.replace(/^v|^deno | \(.*/g, "") ?? "?"
  );
}

/** The programs of Bun and Deno, and scripts that take Node's command line and give it to them. */
export function otherRuntime(name: "bun" | "deno", folder: string): { path: string; asNode: string } | Absent {
  if (!onLinux) return { reason: notLinux };
  const arch = { x64: "x64", arm64: name === "bun" ? "aarch64" : "arm64" }[process.arch as "x64" | "arm64"];
  const path = program(() =>
    name === "bun"
      ? join(fetchPackage(`@oven/bun-linux-${arch}`, "1").folder, "bin/bun")
      : join(fetchPackage(`@deno/linux-${arch}-glibc`, "2").folder, "deno"),
  );
  if (typeof path !== "string") return path;
  const asNode = join(folder, `${name}-as-node`);
  // Bun's heap has no such limits.
  const limits = name === "bun" ? "" : "${limits:+--v8-flags=$limits}";
  const [evaluate, start] = name === "bun" ? ["-e", ""] : ["eval", "run -A --no-check"];
  writeFileSync(
    asNode,
    `#!/bin/sh
# Takes Node's command line.
limits=
while :; do
  case "$1" in
    --no-warnings|--input-type=*) shift ;;
    --max-*) limits="$limits\${limits:+,}$1"; shift ;;
    -e) code=$2; shift 2; exec '${path}' ${evaluate} ${limits} "$code" "$@" ;;
    *) exec '${path}' ${start} ${limits} "$@" ;;
  esac
done
`,
    { mode: 0o755 },
  );
  return { path, asNode };
}

export function otherPlatform(name: "bun" | "deno"): Platform {
  return {
    name,
    takes,
    quick: true,
    jobs: 2,
    prepare(folder) {
      const runtime = otherRuntime(name, folder);
      if ("reason" in runtime) return runtime.reason;
      const { path, asNode } = runtime;
      const before = name === "bun" ? [] : ["run", "-A", "--no-check"];
      const command: Ready["command"] = (file, index) => {
        const out = join(folder, `${index}.jsonl`);
        const args = [...before, thinRun, join(root, thinPath(file)), out];
        return { program: path, args, env: { UNTORN_AS_NODE: asNode, UNTORN_TEST_NAME: file, NO_COLOR: "1" }, out };
      };
      return { title: `${name === "bun" ? "Bun" : "Deno"} ${version(path)}`, command, end: () => undefined };
    },
  };
}

/** Node, Bun and Deno take turns: processes of all of them in one place. */
export function mixedPlatform(): Platform {
  return {
    name: "together",
    takes: (file) => file.endsWith("platform/places-processes.test.js"),
    quick: true,
    jobs: 1,
    prepare(folder) {
      const [bun, deno] = [otherRuntime("bun", folder), otherRuntime("deno", folder)];
      for (const each of [bun, deno]) if ("reason" in each) return each.reason;
      const others = [bun, deno].flatMap((each) => ("asNode" in each ? [each.asNode] : []));
      const command: Ready["command"] = (file, index) => {
        const plain = nodeCommand(process.execPath, file, join(folder, `${index}.jsonl`));
        return { ...plain, env: { UNTORN_RUNTIMES: JSON.stringify(others) } };
      };
      return { title: "Node, Bun and Deno side by side", command, end: () => undefined };
    },
  };
}
