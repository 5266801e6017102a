import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { getField } from "@untorn/markdown";
import { readTogether } from "untorn";
import { parseFrontmatter } from "untorn/frontmatter";
import { SeededRandom } from "untorn/testing";
import { initRun, openRun, runStatus } from "../../src/runs/index.ts";
import type { AgentHistory } from "../../src/runs/index.ts";
import { folderFor, put } from "../folders.ts";

/**
 * Plans run end to end by real processes that are killed with SIGKILL at random moments: the driver, an agent, or all. The run
 * always goes on, no finished task is lost or done again, and whoever reads a file meanwhile finds it whole.
 */
const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);
const kills = Number(process.env["UNTORN_EFFORT"] ?? 1) > 1 ? 200 : 30;
const driver = fileURLToPath(new URL("driver-process.js", import.meta.url));

const plans: Readonly<Record<string, string>> = {
  "plans/01-PLAN.md": "# One\n\n- [ ] a\n- [ ] b\n- [ ] c\n",
  "plans/02-PLAN.md": "# Two\n\n### Task 1: a\n\n### Task 2: b\n\n### Task 3: c\n\n### Task 4: d\n",
  "plans/03-PLAN.md":
    '<tasks>\n<task type="auto">\n  <name>Task 1: a</name>\n</task>\n<task>\n<name>b</name></task></tasks>\n',
};
const tasks = ["01 1", "01 2", "01 3", "02 1", "02 2", "02 3", "02 4", "03 1", "03 2"];

test(`plans survive ${kills} kills`, { timeout: 900_000 }, async (t) => {
  t.diagnostic(`UNTORN_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const groups: number[] = [];
  t.after(() => groups.forEach((group) => signal(-group)));
  let done = 0;
  let runs = 0;
  let looks = 0;
  const found = { driver: 0, agent: 0, all: 0, none: 0 };
  while (done < kills) {
    assert.ok((runs += 1) <= kills, "every run was ended before it was killed");
    const folder = await prepare(t);
    const reader = watch(folder);
    let finished: readonly string[] = [];
    for (let starts = 1; ; starts += 1) {
      assert.ok(starts <= 100, "the run does not come to its end");
      const child = spawn(process.execPath, [driver, folder], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
      groups.push(child.pid as number);
      let said = "";
      child.stderr.on("data", (data) => (said += String(data)));
      const ended = once(child, "exit") as Promise<[number | null, string | null]>;
      const early = done >= kills ? undefined : killLater(child, random.below(1_200), random.below(3));
      const [status] = await ended;
      found[(await early) ?? "none"] += 1;
      if ((await early) !== undefined) done += 1;
      assert.ok(status === null || status === 0, `the driver failed: ${said}`);
      finished = await checkBetween(folder, finished);
      if (status === 0) break;
    }
    looks += reader.stop();
    await checkEnd(folder);
  }
  t.diagnostic(`${runs} runs, ${looks} looks, ended by: ${JSON.stringify(found)}`);
  assert.ok(looks > 100);
});

async function prepare(t: TestContext): Promise<string> {
  const folder = folderFor(t);
  for (const [path, text] of Object.entries(plans)) put(join(folder, path), text);
  put(join(folder, "agent-history.json"), '{\n  "version": "1.2",\n  "max_entries": 1000,\n  "entries": []\n}\n');
  await initRun(openRun(folder));
  return folder;
}

type Victim = "driver" | "agent" | "all";

/** Kills after some milliseconds; `undefined` if all was over by then. */
async function killLater(child: ChildProcess, ms: number, which: number): Promise<Victim | undefined> {
  await Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), once(child, "exit")]);
  if (child.exitCode !== null) return undefined;
  const pid = child.pid as number;
  if (which === 0) signal(-pid);
  else if (which === 1) signal(pid);
  else {
    const agents = childrenOf(pid);
    if (agents.length === 0) signal(-pid);
    else agents.forEach(signal);
    return agents.length === 0 ? "all" : "agent";
  }
  return which === 0 ? "all" : "driver";
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** What is finished after a kill: it only grows, and all files agree. */
async function checkBetween(folder: string, before: readonly string[]): Promise<string[]> {
  const status = await runStatus(openRun(folder));
  assert.deepEqual(status.corrupt, []);
  const complete = status.plans.filter(({ state }) => state === "complete").map(({ id }) => id);
  const { checkpoint } = status;
  const under =
    checkpoint?.status === "in_progress" ? checkpoint.tasks_completed.map((id) => `${checkpoint.plan} ${id}`) : [];
  const now = [...tasks.filter((task) => complete.includes(task.slice(0, 2))), ...under];
  for (const each of before) assert.ok(now.includes(each), `${each} was finished and is lost`);
  assert.equal(new Set(now).size, now.length, "a task is finished twice");
  return now;
}

async function checkEnd(folder: string): Promise<void> {
  const [state, history, work] = (await readTogether(folder, ["STATE.md", "agent-history.json", "work.log"])).map(
    (file) => new TextDecoder().decode(file?.data),
  );
  const { entries } = JSON.parse(history ?? "") as AgentHistory;
  const completed = entries.filter(({ status }) => status === "completed");
  assert.deepEqual(
    completed.map(({ plan, segment }) => `${plan} ${segment}`),
    tasks,
    "each task was completed once, in order",
  );
  assert.deepEqual(
    entries.filter(({ status }) => status === "spawned"),
    [],
  );
  const odd = tasks.filter((task) => Number(task.at(-1)) % 2 === 1).map((task) => task.replace(" ", " task "));
  assert.deepEqual(work?.trimEnd().split("\n"), odd, "the work of each task was done once");
  assert.match(getField(state ?? "", "Progress"), / 100%$/);
  assert.equal(getField(state ?? "", "Status"), "All plans complete");
  // Whoever was killed before its commit may have left what it staged beside its target; `untorn recover` knows it by its name.
  const summaries = readdirSync(join(folder, "summaries")).filter((name) => !/^\..+\.untorn\..+\.part$/.test(name));
  assert.deepEqual(summaries, ["01-SUMMARY.md", "02-SUMMARY.md", "03-SUMMARY.md"]);
  assert.equal(readdirSync(folder).includes("current-agent-id.txt"), false);
}

/** Reads every file again and again as any program would, until it is stopped. */
function watch(folder: string): { stop: () => number } {
  let looks = 0;
  const timer = setInterval(() => {
    for (const name of ["STATE.md", "agent-history.json", "checkpoint.json", "current-agent-id.txt"]) {
      look(name, readIfThere(join(folder, name)));
      looks += 1;
    }
    for (const name of readdirSync(join(folder, "summaries"))) {
      if (!name.startsWith(".")) look(name, readIfThere(join(folder, "summaries", name)));
    }
  }, 3);
  return {
    stop() {
      clearInterval(timer);
      return looks;
    },
  };
}

function look(name: string, text: string | undefined): void {
  if (text === undefined) return;
  if (name.endsWith(".json")) JSON.parse(text);
  else if (name === "STATE.md") assert.ok(getField(text, "Status").length > 0 && text.endsWith("\n"));
  else if (name === "current-agent-id.txt") assert.match(text, /^[0-9a-f]{7}\n$/);
  else assert.equal(parseFrontmatter(text).data["status"], "completed");
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
