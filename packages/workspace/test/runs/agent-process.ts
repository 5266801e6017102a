// An agent: works a little, and, for tasks with an odd number, notes its end together with its work.
import { finishTask, runOfEnvironment } from "../../src/runs/index.ts";

const { UNTORN_PLAN: plan = "", UNTORN_TASK: task = "" } = process.env;
const run = runOfEnvironment();
// A slow one outlives a driver that is killed, and wakes up when another has begun.
const slow = Math.random() < 0.25;
await new Promise((resolve) => setTimeout(resolve, slow ? 400 + Math.random() * 1_200 : 20 + Math.random() * 60));
if (Number(task) % 2 === 1) {
  await finishTask(run, { plan, task, agent: run.agent }, (tx) =>
    tx.edit("work.log", (text = "") => `${text}${plan} task ${task}\n`),
  );
}
