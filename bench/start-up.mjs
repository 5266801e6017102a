// How long the command takes to start, against Node itself.
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { atMost } from "./replace.mjs";
import { alternate, median, ratio } from "./rounds.mjs";

const cli = new URL("../packages/cli/", import.meta.url);

export async function measureStartUp({ rounds }) {
  const { bin } = JSON.parse(readFileSync(new URL("package.json", cli), "utf8"));
  const command = bin && fileURLToPath(new URL(typeof bin === "string" ? bin : bin.untorn, cli));
  if (!command || !statSync(command, { throwIfNoEntry: false })) {
    console.log("The start of the command is left out: it is not built.");
    return undefined;
  }
  const runs = (...parameters) => {
    return () => {
      const start = performance.now();
      const { status } = spawnSync(process.execPath, parameters);
      if (status !== 0) throw new Error(`${parameters.join(" ")} ended with status ${status}`);
      return performance.now() - start;
    };
  };
  const figures = await alternate(
    { "node -e 0": runs("-e", "0"), "untorn --version": runs(command, "--version") },
    rounds,
  );
  const [idle, own] = Object.values(figures);
  return {
    title: "Start of the command",
    columns: ["", "ms", "to node -e 0"],
    rows: Object.entries(figures).map(([name, values]) => [
      name,
      median(values).toFixed(1),
      ratio(idle, values).toFixed(2),
    ]),
    targets: [atMost("untorn --version, to node -e 0", 1.3, ratio(idle, own))],
  };
}
