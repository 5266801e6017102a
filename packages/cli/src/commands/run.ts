import { printable, UntornError } from "untorn";
import type { AgentEntry, Run, RunStatus } from "@untorn/workspace/runs";
import { chooseAction } from "../actions.ts";
import type { Takes } from "../actions.ts";
import { parseArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { exitStatus } from "../command.ts";
import { inputText } from "../input.ts";
import { parseExactly, withDigitsOf } from "../jq.ts";
import { jsonText, print, printJson } from "../output.ts";
import { openNamedRun, runOptions } from "../run-place.ts";
import { makeStateFolder } from "../state-folder.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "keep the state of a long run of agents: plans, tasks, agents, checkpoints";

export const usage: Command["usage"] = `
usage: untorn run [OPTIONS] init [TITLE]              make STATE.md, agent-history.json, plans/ and summaries/
       untorn run [OPTIONS] status                    who runs, what is finished, what comes next; changes nothing
       untorn run [OPTIONS] resume                    after a kill: mark interrupted agents, say what to do next
       untorn run [OPTIONS] release                   give up the lease that resume --lease took
       untorn run [OPTIONS] agent spawn DESCRIPTION   note that an agent runs; prints its id
       untorn run [OPTIONS] agent complete ID
       untorn run [OPTIONS] agent fail ID [REASON]
       untorn run [OPTIONS] plan start PLAN           plans run in order; ids such as 02-01 are whole
       untorn run [OPTIONS] plan complete PLAN        write summary, history, checkpoint and STATE.md together
       untorn run [OPTIONS] checkpoint save PLAN TASK
       untorn run [OPTIONS] checkpoint show
       untorn run [OPTIONS] issue add TITLE [TEXT]
       untorn run [OPTIONS] clarify add QUESTION [ANSWER]
       untorn run [OPTIONS] drive -- COMMAND [ARGUMENT ...]

A run is a folder such as .long-run or .planning. Every action is one transaction: all its files change, or none. drive does
every task of every plan by COMMAND (it gets UNTORN_RUN, UNTORN_PLAN, UNTORN_TASK, UNTORN_AGENT, UNTORN_FENCE); killed at any
moment and started again, it goes on after the last finished task.

  --agent ID        plan complete: the agent that did it (repeated; default: those of the plan that are spawned)
  --data JSON       checkpoint save: further members, as one object
  --dir DIR         the run's folder (default: .long-run, or .planning)
  --fence N         act as the executor with this fence (default: $UNTORN_FENCE)
  --id ID           agent spawn: its id (default: made up)
  --lease SECONDS   resume: become the executor for so long after every call; prints the fence
  --phase PHASE, --plan PLAN, --segment SEGMENT
                    agent spawn: what it works on; issue add: the plan that it was found in
  --summary FILE    plan complete: the summary's text (-: standard input)
  --json            print what was done as JSON; errors as JSON too

Exit status: 0 done; 1 refused (somebody else runs, a plan out of order, a corrupt file), nothing is changed; 2 usage; 3 the
transaction is committed but could not be completed.
`;

const options = {
  ...runOptions,
  agent: { type: "string", multiple: true },
  data: { type: "string" },
  id: { type: "string" },
  lease: { type: "string" },
  phase: { type: "string" },
  plan: { type: "string" },
  segment: { type: "string" },
  summary: { type: "string" },
} as const;

interface Call {
  readonly place: Run;
  readonly operands: readonly string[];
  readonly command: readonly string[];
  readonly values: Awaited<ReturnType<typeof parseArguments<typeof options>>>["values"];
}

/** An action, and what it prints. */
interface Action extends Takes {
  readonly act: (call: Call, library: Library) => Promise<{ value: unknown; lines: readonly string[] }>;
}

type Library = typeof import("@untorn/workspace/runs");

const actions: Readonly<Record<string, Action>> = {
  init: {
    takes: ["[TITLE]"],
    async act({ place, operands }, { initRun }) {
      await makeStateFolder(place.folder);
      const made = await initRun(place, { title: operands[0] });
      return { value: { folder: place.folder, made }, lines: made.map((file) => `made ${place.folder}/${file}`) };
    },
  },
  status: {
    takes: [],
    async act({ place }, { runStatus }) {
      const status = await runStatus(place);
      return { value: status, lines: statusLines(status) };
    },
  },
  resume: {
    takes: [],
    options: ["lease"],
    async act({ place, values }, { resumeRun, takeExecutor, releaseExecutor }) {
      const ttlMs = seconds(values.lease);
      const purpose = "untorn run resume --lease";
      const taken =
        ttlMs === undefined ? undefined : await takeExecutor(place, { ttlMs, purpose, ofThisProcess: false });
      const run = taken ?? place;
      const resumed = await resumeRun(run).catch(async (error: unknown) => {
        // Nobody was told the fence: the place would be taken, and by nobody, until the lease ends.
        if (taken !== undefined) await releaseExecutor(taken).catch(() => undefined);
        throw error;
      });
      const fence = ttlMs === undefined ? [] : [`fence ${run.fence}: pass it as --fence, or in UNTORN_FENCE`];
      const was = resumed.interrupted.map((entry) => `was running, now interrupted: ${agentLine(entry)}`);
      const lines = [
        ...was,
        `finished: ${resumed.finished.join(", ") || "no plan yet"}`,
        ...fence,
        `next: ${resumed.next}`,
      ];
      return { value: { ...resumed, fence: run.fence ?? null }, lines };
    },
  },
  release: {
    takes: [],
    async act({ place }, { executorOf, releaseExecutor }) {
      const { fence } = place;
      if (fence === undefined) throw new UsageError("--fence is missing: whose place is given up?");
      const executor = await executorOf(place);
      if (executor?.fence !== fence) throw notExecutor(place.folder, fence, executor?.fence);
      await releaseExecutor({ ...place, fence });
      return { value: { released: fence }, lines: [] };
    },
  },
  "agent spawn": {
    takes: ["DESCRIPTION"],
    options: ["id", "phase", "plan", "segment"],
    async act({ place, operands: [description = ""], values }, { spawnAgent }) {
      const { id: agentId, phase, plan, segment } = values;
      const entry = await spawnAgent(place, { agentId, description, phase, plan, segment });
      return { value: entry, lines: [entry.agent_id] };
    },
  },
  "agent complete": {
    takes: ["ID"],
    async act({ place, operands: [id = ""] }, { completeAgent }) {
      return { value: await completeAgent(place, id), lines: [] };
    },
  },
  "agent fail": {
    takes: ["ID", "[REASON]"],
    async act({ place, operands: [id = "", reason = "not said"] }, { failAgent }) {
      return { value: await failAgent(place, id, reason), lines: [] };
    },
  },
  "plan start": {
    takes: ["PLAN"],
    async act({ place, operands: [plan = ""] }, { startPlan }) {
      return { value: await startPlan(place, plan), lines: [] };
    },
  },
  "plan complete": {
    takes: ["PLAN"],
    options: ["agent", "summary"],
    async act({ place, operands: [plan = ""], values }, { completePlan }) {
      const text = values.summary === undefined ? undefined : await inputText(values.summary);
      const done = await completePlan(place, plan, { summary: text, agents: values.agent });
      return { value: done, lines: [`${place.folder}/${done.summary}`] };
    },
  },
  "checkpoint save": {
    takes: ["PLAN", "TASK"],
    options: ["data"],
    async act({ place, operands: [plan = "", task = ""], values }, { saveCheckpoint }) {
      const saved = await saveCheckpoint(place, { plan, task, more: dataOf(values.data) });
      return { value: saved, lines: [] };
    },
  },
  "checkpoint show": {
    takes: [],
    async act({ place }, { readCheckpoint }) {
      const read = await readCheckpoint(place);
      if (read === undefined) return { value: null, lines: ["no checkpoint yet"] };
      const value = await withDigitsOf(`${place.folder}/checkpoint.json`, read);
      return { value, lines: [jsonText(value, 2)] };
    },
  },
  "issue add": {
    takes: ["TITLE", "[TEXT]"],
    options: ["plan"],
    async act({ place, operands: [title = "", description], values }, { addIssue }) {
      const code = await addIssue(place, { title, description, plan: values.plan });
      return { value: { code }, lines: [code] };
    },
  },
  "clarify add": {
    takes: ["QUESTION", "[ANSWER]"],
    async act({ place, operands: [question = "", answer] }, { addClarification }) {
      const code = await addClarification(place, { question, answer });
      return { value: { code }, lines: [code] };
    },
  },
  drive: {
    takes: [],
    options: ["lease"],
    async act({ place, command: [program, ...args], values }, { drivePlans }) {
      if (program === undefined) throw new UsageError("COMMAND is missing: it comes after `--`.");
      const ttlMs = seconds(values.lease);
      const agentFor = () => ({ command: program, args });
      const driven = await drivePlans(place, { agentFor, ttlMs });
      return { value: driven, lines: driven.completed.map((plan) => `completed ${plan}`) };
    },
  },
};

export async function run(argv: string[]): Promise<number> {
  const split = argv.indexOf("--");
  const own = split === -1 || !argv.includes("drive") ? argv : argv.slice(0, split);
  const { values, operands: words } = await parseArguments(own, options, {
    names: ["ACTION"],
    many: true,
    mayBeEmpty: true,
  });
  const { name, action, operands } = chooseAction(actions, words, values, Object.keys(runOptions));
  const place = await openNamedRun(values);
  const command = split === -1 ? [] : argv.slice(split + 1);
  const { value, lines } = await action.act(
    { place, operands, command, values },
    await import("@untorn/workspace/runs"),
  );
  if (values.json === true) await printJson(value);
  else await print(lines.map((line) => `${name === "checkpoint show" ? line : printable(line)}\n`).join(""));
  return exitStatus.done;
}

function statusLines({ executor, running, plans, corrupt, next }: RunStatus): string[] {
  const states = { complete: "done ", in_progress: "now  ", waiting: "later", corrupt: "torn " } as const;
  const who =
    executor === null
      ? "nobody runs it"
      : `run by ${executor.pid === null ? "a lease" : `process ${executor.pid}`} on ${executor.host}, fence ${executor.fence}, until ${executor.until}`;
  return [
    who,
    ...running.map((entry) => `spawned: ${agentLine(entry)}`),
    ...plans.map(({ id, state }) => `${states[state]}  ${id}`),
    ...corrupt.map((problem) => `corrupt: ${problem}`),
    `next: ${next}`,
  ];
}

function agentLine(entry: AgentEntry): string {
  return `${entry.agent_id} (${entry.task_description}; since ${entry.timestamp ?? "unknown"})`;
}

function seconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,7}(?:\.\d+)?$/.test(value) || Number(value) === 0) {
    throw new UsageError(`--lease takes seconds; it got '${value}'.`);
  }
  return Number(value) * 1000;
}

function dataOf(value: string | undefined): Record<string, unknown> | undefined {
  if (value === undefined) return undefined;
  try {
    const data = parseExactly(value);
    if (typeof data === "object" && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new UsageError("--data takes one JSON object.");
}

function notExecutor(path: string, fence: number, holder: number | undefined): UntornError {
  const problem =
    holder === undefined
      ? "the run has no executor"
      : `fence ${fence} is not the executor's: its executor has fence ${holder}`;
  return new UntornError({ code: "UNTORN_FENCED", path, phase: "lock", outcome: "unchanged", problem });
}
