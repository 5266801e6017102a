import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { UntornError } from "untorn";
import { inputRefused } from "../ground/index.ts";
import { failAgent, spawnAgent } from "./agents.ts";
import { releaseExecutor, takeExecutor } from "./executor.ts";
import { historyFile, parseHistory } from "./history.ts";
import { inRun } from "./executor.ts";
import { openRun, textIn } from "./place.ts";
import type { Run } from "./place.ts";
import { listPlans } from "./plan-files.ts";
import type { PlanFile } from "./plan-files.ts";
import { completePlan, planTasks, startPlan } from "./plans.ts";
import type { PlanTask } from "./tasks.ts";
import { finishTask } from "./progress.ts";
import { resumeRun } from "./run-state.ts";
import type { Resumed } from "./run-state.ts";

/** What an agent is started for. */
export interface Job {
  readonly agent: string;
  readonly plan: PlanFile;
  readonly task: PlanTask;
}

/** A program and its arguments. */
export interface AgentCommand {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface DriveOptions {
  /** The program that does a task. It succeeds by ending with status 0. */
  readonly agentFor: (job: Job) => AgentCommand;
  /** How often a task is tried before the run stops. Default 3. */
  readonly attempts?: number;
  /** As of `takeExecutor`. */
  readonly ttlMs?: number;
  /** Stop after so many plans. Default: all. */
  readonly plans?: number;
  /** Told what happens, in words. */
  readonly onEvent?: (event: string) => void;
}

/** What `drivePlans` found and did. */
export interface Driven {
  readonly resumed: Resumed;
  /** The ids of the plans that were completed now. */
  readonly completed: readonly string[];
}

/**
 * Runs the plans of a run in order, each task by a child process, and notes every step. It may be killed at any moment: called
 * again, it goes on after the last task that was noted. An agent that outlives its driver can note nothing any more.
 *
 * The child gets `UNTORN_RUN`, `UNTORN_PLAN`, `UNTORN_TASK`, `UNTORN_AGENT` and `UNTORN_FENCE`; with `finishTask` on
 * `runOfEnvironment()` it notes its end together with its work; else its end is noted when it has ended with status 0.
 *
 * @throws UntornError UNTORN_LOCKED if the run has an executor; UNTORN_SOURCE if a task fails again and again.
 */
export async function drivePlans(place: Run, options: DriveOptions): Promise<Driven> {
  const { ttlMs = 60_000 } = options;
  const run = await takeExecutor(place, { purpose: "drive the plans", ttlMs });
  const completed: string[] = [];
  try {
    const resumed = await resumeRun(run);
    for (const plan of listPlans(run)) {
      if (plan.complete || completed.length === options.plans) continue;
      await drivePlan(run, plan, options);
      completed.push(plan.id);
    }
    return { resumed, completed };
  } finally {
    await releaseExecutor(run).catch(() => undefined);
  }
}

/**
 * The run that an agent was started for, with the fence that it may write with.
 * @throws UntornError UNTORN_INVALID_ARGUMENT for a process that no driver has started.
 */
export function runOfEnvironment(env: NodeJS.ProcessEnv = process.env): Run & { readonly agent: string } {
  const { UNTORN_RUN: folder = "", UNTORN_FENCE: fence, UNTORN_AGENT: agent = "" } = env;
  if (folder === "" || agent === "" || fence === undefined || !/^\d+$/.test(fence)) {
    throw inputRefused(
      "UNTORN_RUN",
      "this process was not started by a driver: UNTORN_RUN, _FENCE and _AGENT are not set",
    );
  }
  return { ...openRun(folder, { fence: Number(fence) }), agent };
}

async function drivePlan(run: Run, plan: PlanFile, options: DriveOptions): Promise<void> {
  const { tasks_completed: done } = await startPlan(run, plan.id);
  const tasks = await inRun(run, `read plan ${plan.id}`, (tx) => planTasks(tx, plan));
  for (const task of tasks) {
    if (done.includes(task.id)) continue;
    options.onEvent?.(`plan ${plan.id}, task ${task.id}`);
    await driveTask(run, plan, task, options);
  }
  await completePlan(run, plan.id);
  options.onEvent?.(`plan ${plan.id} complete`);
}

async function driveTask(run: Run, plan: PlanFile, task: PlanTask, options: DriveOptions): Promise<void> {
  const { attempts = 3, onEvent } = options;
  for (let attempt = 1; ; attempt += 1) {
    const { phase, id: number } = plan;
    const description = `Plan ${plan.id}, task ${task.id}: ${task.name}`;
    const entry = await spawnAgent(run, { description, phase, plan: number, segment: task.id });
    const end = await runAgent(options.agentFor({ agent: entry.agent_id, plan, task }), {
      UNTORN_RUN: run.folder,
      UNTORN_PLAN: plan.id,
      UNTORN_TASK: task.id,
      UNTORN_AGENT: entry.agent_id,
      UNTORN_FENCE: String(run.fence),
    });
    // It may have noted its end itself, and have been killed after that.
    if (end === "done" || (await isCompleted(run, entry.agent_id))) {
      await finishTask(run, { agent: entry.agent_id, plan: plan.id, task: task.id });
      return;
    }
    await failAgent(run, entry.agent_id, end);
    onEvent?.(`plan ${plan.id}, task ${task.id}: ${end}`);
    if (attempt === attempts) throw taskFailed(run, plan, task, end, attempts);
  }
}

/** Starts an agent and waits for its end: `done`, or what went wrong. */
async function runAgent(agent: AgentCommand, facts: NodeJS.ProcessEnv): Promise<string> {
  const { command, args = [], cwd, env = {} } = agent;
  const child: ChildProcess = spawn(command, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env, ...facts },
    ...(cwd === undefined ? {} : { cwd }),
  });
  try {
    const [status, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    if (status === 0) return "done";
    return signal === null ? `ended with status ${status}` : `was ended by ${signal}`;
  } catch (error) {
    return `could not be started: ${(error as Error).message}`;
  }
}

async function isCompleted(run: Run, agent: string): Promise<boolean> {
  return await inRun(run, `look at agent ${agent}`, async (tx) => {
    const { entries } = parseHistory(await textIn(tx, historyFile), `${run.folder}/${historyFile}`);
    return entries.some((entry) => entry.agent_id === agent && entry.status === "completed");
  });
}

function taskFailed(run: Run, plan: PlanFile, task: PlanTask, end: string, attempts: number): UntornError {
  return new UntornError({
    code: "UNTORN_SOURCE",
    path: `${run.folder}/${plan.plan}`,
    phase: "source",
    outcome: "unchanged",
    problem: `the agent of task ${task.id} failed ${attempts} times; the last one ${end}`,
    next: "Every task before it is noted; run the plan again and it goes on from there.",
  });
}
