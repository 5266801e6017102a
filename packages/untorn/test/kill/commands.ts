import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Tree } from "../atomic/support/scenarios.ts";

/** A command of the program that is to be killed, or to fail, at each of its file calls. */
export interface CommandVictim {
  readonly name: string;
  /** The files that are there before. */
  readonly files?: Tree;
  /** Commands that are run before, where files are not enough. */
  readonly first?: readonly Call[];
  readonly call: Call;
  /** Files that the command is to leave, with what is in them; `undefined`: it is to be gone. */
  readonly proof: Readonly<Record<string, string | undefined>>;
  /** Whether several files change, so that a kill may leave a journal to be carried out. */
  readonly many?: boolean;
}

interface Call {
  readonly args: readonly string[];
  readonly input?: string;
}

const line = (count: number): string => `${JSON.stringify({ count, note: "n".repeat(900) })}\n`;
const [oldText, newText] = [line(1), line(2)];
const one = { "state.json": oldText };
const markdown = "---\ntitle: old\n---\n# State\n\nStatus: old\n";
const project: readonly Call[] = [{ args: ["project", "init"] }, { args: ["item", "add", "--title", "Earlier"] }];

export const commandVictims: readonly CommandVictim[] = [
  {
    name: "write",
    files: one,
    call: { args: ["write", "state.json"], input: newText },
    proof: { "state.json": newText },
  },
  {
    name: "write --generations",
    files: one,
    call: { args: ["write", "--generations", "2", "state.json"], input: line(2) },
    proof: { "state.json": line(2) },
  },
  {
    name: "write -- COMMAND",
    files: one,
    call: { args: ["write", "state.json", "--", "sh", "-c", "yes 1 | head -n 300 | sed '1s/^/[/; $!s/$/,/; $s/$/]/'"] },
    proof: { "state.json": `[${"1,\n".repeat(299)}1]\n` },
  },
  { name: "remove", files: one, call: { args: ["remove", "state.json"] }, proof: { "state.json": undefined } },
  {
    name: "rename",
    files: { ...one, "other.json": newText },
    call: { args: ["rename", "other.json", "state.json"] },
    proof: { "state.json": newText, "other.json": undefined },
  },
  {
    name: "json",
    files: one,
    call: { args: ["json", "state.json", ".count += 1"] },
    proof: { "state.json": line(2) },
  },
  {
    name: "frontmatter set",
    files: { "STATE.md": markdown },
    call: { args: ["frontmatter", "STATE.md", "set", "title", "new"] },
    proof: { "STATE.md": markdown.replace("title: old", "title: new") },
  },
  {
    name: "md set",
    files: { "STATE.md": markdown },
    call: { args: ["md", "STATE.md", "set", "Status", "new"] },
    proof: { "STATE.md": markdown.replace("Status: old", "Status: new") },
  },
  {
    name: "append",
    files: { "log.jsonl": line(1) },
    call: { args: ["append", "log.jsonl"], input: line(2) + line(3) },
    proof: { "log.jsonl": line(1) + line(2) + line(3) },
  },
  {
    name: "tx",
    files: { ...one, "gone.md": "gone", "from.md": "moved" },
    call: { args: ["tx"], input: "write state.json 2\nwrite d/made.md made\nremove gone.md\nrename from.md to.md\n" },
    proof: { "state.json": "2", "d/made.md": "made", "gone.md": undefined, "from.md": undefined, "to.md": "moved" },
    many: true,
  },
  {
    name: "recover --apply",
    files: { "state.json": '{"entries":[', "state.json.tmp.4194399": line(1) },
    call: { args: ["recover", "--apply", "--quiet-for", "0"] },
    proof: { "state.json": line(1), "state.json.tmp.4194399": undefined },
    many: true,
  },
  {
    name: "restore",
    files: one,
    first: [{ args: ["write", "--generations", "3", "state.json"], input: line(2) }],
    call: { args: ["restore", "state.json"] },
    proof: { "state.json": line(1) },
  },
  {
    name: "item add",
    first: project,
    call: { args: ["item", "add", "--title", "New", "--stage", "active"] },
    proof: {},
    many: true,
  },
  {
    name: "item move",
    first: project,
    call: { args: ["item", "move", "WI-001", "--to", "active"] },
    proof: {},
    many: true,
  },
  {
    name: "run checkpoint save",
    first: [{ args: ["run", "init", "A run"] }, { args: ["run", "plan", "start", "01"] }],
    files: { ".long-run/plans/01-PLAN.md": "- [ ] a\n- [ ] b\n" },
    call: { args: ["run", "checkpoint", "save", "01", "1"] },
    proof: {},
    many: true,
  },
];

export function putFiles(folder: string, files: Tree = {}): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
