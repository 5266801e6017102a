import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Files } from "../../src/atomic/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { updatesOn } from "../../src/update/index.ts";
import { look, newText, oldText, prepare, scenarios } from "../atomic/support/scenarios.ts";
import type { Tree } from "../atomic/support/scenarios.ts";

/** A protocol to be killed or failed at each of its system calls. */
export interface Victim {
  readonly name: string;
  readonly prepare: (folder: string) => void;
  readonly run: (folder: string) => unknown;
  /** What is done first after a crash, if anything. */
  readonly recover?: (folder: string) => void;
  readonly before: Tree;
  readonly after: Tree;
  /** States in between that a crash may leave. */
  readonly between: readonly Tree[];
  /** Whether it has many calls. */
  readonly long?: boolean;
}

const files = new Files(nodePort);
const pair: Tree = { "a.json": oldText, "b.json": oldText };

function core(name: string, sync: boolean): Victim {
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return {
    name: `${name}${sync ? "" : ", asynchronous"}`,
    prepare: (folder) => prepare(folder, scenario),
    run: (folder) => scenario.run(files, folder, sync),
    before: scenario.before,
    after: scenario.after,
    between: scenario.between ?? [],
    long: name.includes("director"),
  };
}

export const victims: readonly Victim[] = [
  core("replace", true),
  core("replace", false),
  core("create", true),
  core("create with ifAbsent", true),
  core("create in new directories", true),
  core("remove", true),
  core("rename", true),
  core("rename with ifAbsent into a new directory", true),
  {
    name: "update",
    prepare: (folder) => writeFileSync(join(folder, "state.json"), oldText),
    run: (folder) => updatesOn(files).updateFileSync(join(folder, "state.json"), () => newText),
    before: { "state.json": oldText },
    after: { "state.json": newText },
    between: [],
    long: true,
  },
  {
    name: "transaction",
    prepare(folder) {
      for (const [path, text] of Object.entries(pair)) writeFileSync(join(folder, path), text);
    },
    run: (folder) =>
      transactionsOn(nodePort).transactionSync(folder, (tx) => {
        for (const path of Object.keys(pair)) tx.write(path, newText);
      }),
    recover: (folder) => void transactionsOn(nodePort).transactionSync(folder, () => undefined),
    before: pair,
    after: { "a.json": newText, "b.json": newText },
    between: [],
    long: true,
  },
];

/** What a folder holds, after recovery: which of the allowed states, or a description of what else. */
export function stateOf(victim: Victim, folder: string): "old" | "new" | "between" | { readonly wrong: string } {
  victim.recover?.(folder);
  const { tree } = look(folder);
  // Untorn's own lock and work files are no state of anybody's.
  const own = Object.entries(tree).filter(([path]) => !path.split("/").some((part) => part.startsWith(".")));
  const found = JSON.stringify(own.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const is = (wanted: Tree): boolean =>
    found === JSON.stringify(Object.entries(wanted).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (is(victim.after)) return "new";
  if (is(victim.before)) return "old";
  if (victim.between.some(is)) return "between";
  return { wrong: own.map(([path, text]) => `${path} (${text.length} bytes)`).join(", ") };
}
