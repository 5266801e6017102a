// npm run test:platforms [-- OPTIONS]: the tests of packages/untorn in other runtimes, on Windows and on other filesystems.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { optionsOf } from "../options.ts";
import { outcomeOf, report } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { placePlatforms } from "./places.ts";
import type { Platform } from "./platform.ts";
import { runFiles } from "./run-files.ts";
import { mixedPlatform, nodePlatform, otherPlatform } from "./runtimes.ts";
import { makeThinCopy } from "./thin-copy.ts";
import { winePlatform } from "./wine.ts";

const usage = `usage: npm run test:platforms -- [--quick] [--only TEXT]... [--files TEXT]
  --quick        Node 22, 24 and 26, Bun and Deno, on the files where they may differ, in minutes
  --only TEXT    platforms whose name contains TEXT
  --files TEXT   test files whose path contains TEXT`;

const values = optionsOf(usage, {
  quick: { type: "boolean", default: false },
  only: { type: "string", multiple: true, default: [] },
  files: { type: "string", default: "" },
});

const root = fileURLToPath(new URL("../../../", import.meta.url));
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => interruption.abort(new Error("interrupted")));

const platforms: readonly Platform[] = [
  nodePlatform("20", false),
  nodePlatform("22", true),
  nodePlatform("24", true),
  nodePlatform("26", true),
  otherPlatform("bun"),
  otherPlatform("deno"),
  mixedPlatform(),
  winePlatform("20"),
  winePlatform("22"),
  winePlatform("24"),
  winePlatform("26"),
  ...placePlatforms(),
];

process.exitCode = await main();

async function main(): Promise<number> {
  const { quick, only } = values;
  const chosen = platforms
    .filter((platform) => !quick || platform.quick)
    .filter(({ name }) => only.length === 0 || only.some((text) => name.toLowerCase().includes(text.toLowerCase())));
  if (chosen.length === 0) {
    const names = platforms.map(({ name }) => name).join(", ");
    console.error(`No platform has ${only.join(" or ")} in its name. There are: ${names}.`);
    return 2;
  }
  process.umask(0o022);
  makeThinCopy();
  const files = testFiles();
  if (files.length === 0) return (console.error(`No test file has ${values.files} in its path.`), 2);
  const folder = mkdtempSync(join(tmpdir(), "untorn-platforms-"));
  // Wine runs as another user, and so do some tests: everybody must get as far as here.
  chmodSync(folder, 0o755);
  const outcomes: Outcome[] = [];
  const absent: [string, string][] = [];
  try {
    for (const [index, platform] of chosen.entries()) {
      interruption.signal.throwIfAborted();
      const own = join(folder, String(index));
      mkdirSync(own);
      const outcome = await runPlatform(platform, files, own);
      if (typeof outcome === "string") absent.push([platform.name, outcome]);
      else outcomes.push(outcome);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
  console.log(report(outcomes, absent));
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed.length, 0);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  console.log(`\n${outcomes.length} platforms, ${absent.length} cannot run here: ${passed} passed, ${failed} failed`);
  return failed > 0 || outcomes.length === 0 ? 1 : 0;
}

async function runPlatform(platform: Platform, files: readonly string[], folder: string): Promise<Outcome | string> {
  const ready = platform.prepare(folder);
  if (typeof ready === "string") return (console.log(`${platform.name}: cannot run here: ${ready}`), ready);
  const started = performance.now();
  try {
    const wanted = files.filter((file) => platform.takes(file, values.quick));
    const results = await runFiles(platform, ready, wanted, interruption.signal);
    const outcome = outcomeOf(platform.name, ready.title, (performance.now() - started) / 1000, results);
    for (const { file, suite, name, detail } of outcome.failed) {
      console.log(
        `\nFAILED  ${ready.title}: ${suite && `${suite} > `}${name}  (${file})\n${detail.split("\n").slice(0, 30).join("\n")}\n`,
      );
    }
    console.log(`${ready.title}: ${outcome.passed} passed, ${outcome.failed.length} failed`);
    return outcome;
  } finally {
    ready.end();
  }
}

function testFiles(): string[] {
  const folder = join(root, "packages/untorn/dist/test");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.js"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => file.includes(values.files))
    .toSorted();
}
