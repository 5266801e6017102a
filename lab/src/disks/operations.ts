// What is tried on a full or failing disk: one call of the library each, and a look at what it left, without the library.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { machine } from "@untorn/workspace/ground";
import { StateManager } from "@untorn/workspace/pipeline";
import { openProject } from "@untorn/workspace/project";
import type { Project } from "@untorn/workspace/project";
import type { Calls } from "../untorn.ts";
import { contentAt } from "../workloads/workload.ts";

export interface DiskPlace {
  readonly folder: string;
  readonly calls: Calls;
}

/** What a look at the files finds, if they are not whole. */
export class Torn extends Error {}

export interface Operation {
  /** Version 0. */
  readonly setup: (place: DiskPlace) => Promise<unknown>;
  /** One call; `version` counts up from 1. */
  readonly step: (place: DiskPlace, version: number) => Promise<unknown>;
  /** The versions that the files show; throws `Torn` for anything that is not whole. */
  readonly look: (folder: string, newest: number) => number[];
  /** As `look`, where a call has failed with an outcome that is not known: what the next call will put right is passed over. */
  readonly lookBefore?: (folder: string, newest: number) => number[];
  /** What a look shows after a call that has succeeded, by what it showed before. */
  readonly after: (before: readonly number[], version: number) => number[];
  /** Whether recovery puts a whole temp in place that could not be cleared away: where there is no file, it may be the only copy. */
  readonly adopted?: true;
  /** Whether only a process that knows no port but the machine's can do it. */
  readonly machineOnly?: true;
}

export const textLength = 6000;

/** As many bytes for every version, each line of which names it. */
export function textOf(version: number, name = "state"): string {
  const line = `${name} version ${version} `.padEnd(59, ".");
  return `${line}\n`.repeat(textLength / 60);
}

/** The version that a text is, whole. */
function versionOf(text: string | undefined, newest: number, name?: string): number {
  for (let version = newest; version >= 0; version -= 1) if (text === textOf(version, name)) return version;
  throw new Torn(`${name ?? "state"}: ${text === undefined ? "missing" : `${text.length} bytes that are no version`}`);
}

const replaced = (_: readonly number[], version: number): number[] => [version];
const added = (before: readonly number[], version: number): number[] => [...before, version];
const state = (folder: string): string => join(folder, "state.txt");

const write: Operation = {
  setup: ({ folder, calls }) => calls.files.writeFile(state(folder), textOf(0)),
  step: ({ folder, calls }, version) => calls.files.writeFile(state(folder), textOf(version)),
  look: (folder, newest) => [versionOf(contentAt(state(folder)), newest)],
  after: replaced,
};

const made = (folder: string, version: number): string => join(folder, `made-${version}`, "deep", "item.txt");

const create: Operation = {
  setup: async () => {},
  step: ({ folder, calls }, version) =>
    calls.files.writeFile(made(folder, version), textOf(version), { mkdir: true, ifAbsent: true }),
  look(folder, newest) {
    const found: number[] = [];
    for (let version = 1; version <= newest; version += 1) {
      const text = contentAt(made(folder, version));
      if (text === textOf(version)) found.push(version);
      else if (text !== undefined) throw new Torn(`item ${version} has ${text.length} bytes`);
    }
    return found;
  },
  after: added,
  adopted: true,
};

const json = (folder: string): string => join(folder, "state.json");

const update: Operation = {
  setup: ({ folder, calls }) => calls.files.writeFile(json(folder), JSON.stringify({ count: 0, text: textOf(0) })),
  step: ({ folder, calls }, version) =>
    calls.json.update(json(folder), () => ({ count: version, text: textOf(version) })),
  look(folder, newest) {
    const { count, text } = JSON.parse(contentAt(json(folder)) ?? "") as { count: number; text: string };
    if (versionOf(text, newest) !== count) throw new Torn(`count ${count} beside another text`);
    return [count];
  },
  after: replaced,
};

const log = (folder: string): string => join(folder, "events.jsonl");
const record = (version: number): string => `${JSON.stringify({ version, text: textOf(version).slice(0, 3000) })}\n`;
/** So long is what an append adds, or a digit more. */
export const recordLength = record(10).length;

function recordsIn(text: string): number[] {
  const versions = [...text.matchAll(/"version":(\d+)/g)].map((match) => Number(match[1]));
  if (versions.map(record).join("") !== text) throw new Torn(`a log of ${text.length} bytes with a line that is none`);
  return versions;
}

const append: Operation = {
  setup: ({ folder, calls }) => calls.appender.append(log(folder), Buffer.from(record(0)), {}),
  step: ({ folder, calls }, version) => calls.appender.append(log(folder), Buffer.from(record(version)), {}),
  look: (folder) => recordsIn(contentAt(log(folder)) ?? ""),
  // A last line that is none, with an end or without, says so to every reader, and is set aside by the next append.
  lookBefore(folder) {
    const text = contentAt(log(folder)) ?? "";
    const last = text.slice(text.slice(0, -1).lastIndexOf("\n") + 1);
    return recordsIn(
      /^{"version":\d+,"text":"[^"\0]*"}\n$/.test(last) ? text : text.slice(0, text.length - last.length),
    );
  },
  after: added,
};

/** Five files in three folders. */
const five = ["registry.txt", "backlog/one.md", "backlog/two.md", "active/three.md", "active/four.md"];

/** The one version that several files have. */
function together(versions: readonly number[]): number[] {
  const different = [...new Set(versions)];
  if (different.length > 1) throw new Torn(`versions ${different.join(" and ")} side by side`);
  return different;
}

const transaction: Operation = {
  setup: (place) => transaction.step(place, 0),
  step: ({ folder, calls }, version) =>
    calls.transactions.transaction(folder, async (tx) => {
      for (const name of five) await tx.write(name, textOf(version, name));
    }),
  look: (folder, newest) => together(five.map((name) => versionOf(contentAt(join(folder, name)), newest, name))),
  after: replaced,
};

const generations: Operation = {
  setup: write.setup,
  step: ({ folder, calls }, version) => calls.files.writeFile(state(folder), textOf(version), { generations: 3 }),
  look(folder, newest) {
    const kept = join(folder, ".untorn", "generations", "state.txt");
    for (const name of existsSync(kept) ? readdirSync(kept) : []) {
      // A temp is none; the leftovers are looked at elsewhere.
      if (!name.endsWith(".tmp")) versionOf(contentAt(join(kept, name)), newest);
    }
    return write.look(folder, newest);
  },
  after: replaced,
};

const keys = ["a.txt", "deep/b.txt", "deep/c.txt"];

const store: Operation = {
  setup: (place) => store.step(place, 0),
  async step({ folder, calls }, version) {
    const opened = await calls.openStore(folder);
    try {
      await opened.commit(keys.map((key) => ({ key, put: textOf(version, key) })));
    } finally {
      await opened.close();
    }
  },
  look: (folder, newest) => together(keys.map((key) => versionOf(contentAt(join(folder, key)), newest, key))),
  after: replaced,
};

const projectIn = ({ folder, calls }: DiskPlace): Project =>
  openProject(join(folder, ".project"), {
    ...machine,
    store: calls.store,
    write: (path, data, options) => calls.files.writeFile(path, data, options),
  });

const item: Operation = {
  setup: (place) => projectIn(place).init(),
  step: (place, version) => projectIn(place).addItem({ title: `Item ${version}`, stage: "active" }),
  look(folder) {
    const { items } = JSON.parse(readFileSync(join(folder, ".project/registry.json"), "utf8")) as {
      items: Record<string, { title: string; path: string }>;
    };
    const active = join(folder, ".project/active");
    const specs = (existsSync(active) ? readdirSync(active) : [])
      .filter((name) => readdirSync(join(active, name)).some((each) => !each.startsWith(".")))
      .map((name) => `active/${name}`);
    const listed = Object.entries(items).map(([code, { title, path }]) => {
      const spec = contentAt(join(folder, ".project", path, "spec.md")) ?? "";
      if (!spec.includes(`id: ${code}`) || !spec.includes(title)) throw new Torn(`${code} has the spec '${spec}'`);
      return path;
    });
    if (specs.toSorted().join() !== listed.toSorted().join())
      throw new Torn(`listed ${listed.join()}, on disk ${specs.join()}`);
    return Object.values(items).map(({ title }) => Number(title.slice(5)));
  },
  after: added,
};

const pipeline: Operation = {
  setup: ({ folder }) => new StateManager(folder).addTask("task-0", { title: textOf(0).slice(0, 600) }),
  // A manager of its own each time, as a process has that was started again: it keeps a generation with every save.
  step: ({ folder }, version) =>
    new StateManager(folder).addTask(`task-${version}`, { title: textOf(version).slice(0, 600) }),
  look(folder) {
    const { tasks, queue } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as {
      tasks: Record<string, { title: string }>;
      queue: string[];
    };
    if (queue.join() !== Object.keys(tasks).join()) throw new Torn("queue and tasks differ");
    return queue.map((id) => {
      const version = Number(id.slice(5));
      if (tasks[id]?.title !== textOf(version).slice(0, 600)) throw new Torn(`${id} is not whole`);
      return version;
    });
  },
  after: added,
  machineOnly: true,
};

export const operations = {
  write,
  create,
  update,
  append,
  transaction,
  generations,
  store,
  item,
  pipeline,
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
export const operationNames = Object.keys(operations) as OperationName[];
