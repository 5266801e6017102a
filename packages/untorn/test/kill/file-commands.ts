import { line } from "./command-victim.ts";
import type { CommandVictim } from "./command-victim.ts";

const record = (count: number): string => `${JSON.stringify({ count, note: "n".repeat(900) })}\n`;
const [oldText, newText] = [record(1), record(2)];
const one = { "state.json": oldText };
const markdown = "---\ntitle: old\nowner: me\n---\n# State\n\nStatus: old\n\n## Notes\n\nold\n";

/** Commands about one file, or about files of any kind. */
export const fileCommands: readonly CommandVictim[] = [
  { name: "write", files: one, call: line("write state.json", newText), proof: { "state.json": newText } },
  {
    name: "write --generations",
    files: one,
    call: line("write --generations 2 state.json", newText),
    proof: { "state.json": newText },
  },
  {
    name: "write --mkdir --if-absent",
    files: one,
    call: line("write --mkdir --if-absent a/b/state.json", newText),
    proof: { "a/b/state.json": newText },
  },
  {
    name: "write -- COMMAND",
    files: one,
    call: { args: ["write", "state.json", "--", "sh", "-c", "yes 1 | head -n 300 | sed '1s/^/[/; $!s/$/,/; $s/$/]/'"] },
    proof: { "state.json": `[${"1,\n".repeat(299)}1]\n` },
  },
  { name: "remove", files: one, call: line("remove state.json"), proof: { "state.json": undefined } },
  {
    name: "rename",
    files: { ...one, "other.json": newText },
    call: line("rename other.json state.json"),
    proof: { "state.json": newText, "other.json": undefined },
  },
  {
    name: "json",
    files: one,
    call: { args: ["json", "state.json", ".count += 1"] },
    proof: { "state.json": newText },
  },
  {
    name: "json --create",
    call: { args: ["json", "--create", "state.json", '{"count": 1}'] },
  },
  {
    name: "frontmatter set",
    files: { "STATE.md": markdown },
    call: line("frontmatter STATE.md set title new"),
    proof: { "STATE.md": markdown.replace("title: old", "title: new") },
  },
  {
    name: "frontmatter delete",
    files: { "STATE.md": markdown },
    call: line("frontmatter STATE.md delete owner"),
    proof: { "STATE.md": markdown.replace("owner: me\n", "") },
  },
  {
    name: "md set",
    files: { "STATE.md": markdown },
    call: line("md STATE.md set Status new"),
    proof: { "STATE.md": markdown.replace("Status: old", "Status: new") },
  },
  {
    name: "md append",
    files: { "STATE.md": markdown },
    call: line("md STATE.md append Notes", "new\n"),
  },
  {
    name: "append",
    files: { "log.jsonl": record(1) },
    call: line("append log.jsonl", record(2) + record(3)),
    proof: { "log.jsonl": record(1) + record(2) + record(3) },
  },
  {
    name: "append --max-entries",
    files: { "log.jsonl": record(1) + record(2) },
    call: line("append --max-entries 2 log.jsonl", record(3)),
    proof: { "log.jsonl": record(2) + record(3) },
  },
  {
    name: "append, after a line that was cut off",
    files: { "log.jsonl": record(1) + record(2).slice(0, 100) },
    call: line("append log.jsonl", record(3)),
    // The cut line is set aside first.
    between: { "log.jsonl": record(1) },
    proof: { "log.jsonl": record(1) + record(3) },
  },
  {
    name: "tx",
    files: { ...one, "gone.md": "gone", "from.md": "moved" },
    call: line(
      "tx",
      "write state.json 2\nwrite d/made.md made\nremove gone.md\nrename from.md to.md\nmkdir empty/folder\n",
    ),
    proof: { "state.json": "2", "d/made.md": "made", "gone.md": undefined, "from.md": undefined, "to.md": "moved" },
    many: true,
  },
  {
    name: "recover --apply",
    files: { "state.json": '{"entries":[', "state.json.tmp.4194399": record(1) },
    call: line("recover --apply --quiet-for 0"),
    proof: { "state.json": record(1), "state.json.tmp.4194399": undefined },
    finds: true,
    many: true,
  },
  {
    name: "recover --apply --policy newest",
    files: { "state.json": oldText, "state.json.tmp.4194399": newText },
    call: line("recover --apply --policy newest --quiet-for 0"),
    proof: { "state.json": newText, "state.json.tmp.4194399": undefined },
    recovery: line("recover --apply --policy newest --quiet-for 0"),
    finds: true,
    many: true,
  },
  {
    name: "restore",
    files: one,
    first: [line("write --generations 3 state.json", newText)],
    call: line("restore state.json"),
    proof: { "state.json": oldText },
  },
  {
    name: "restore, over a corrupt file",
    files: one,
    first: [line("write --generations 3 state.json", newText), line("write --allow-empty state.json", "")],
    call: line("restore state.json"),
  },
  {
    name: "lock -- COMMAND",
    files: one,
    call: line("lock state.json -- true"),
    changesNothing: true,
    next: line("lock --timeout 0 state.json -- true"),
  },
  {
    name: "lock --break",
    files: one,
    first: [{ args: ["lock", "state.json", "--", "sh", "-c", "kill -9 $PPID"], dies: true }],
    call: line("lock --break state.json"),
    changesNothing: true,
    next: line("lock --timeout 0 state.json -- true"),
  },
  {
    name: "status",
    files: one,
    call: line("status"),
    changesNothing: true,
    stride: 7,
    finds: true,
  },
  {
    name: "status --record",
    files: one,
    call: line("status --record --no-cost"),
    changesNothing: true,
    finds: true,
    next: line("status --no-cost"),
  },
  { name: "doctor", files: one, call: line("doctor"), changesNothing: true, finds: true },
  {
    name: "audit --write-baseline",
    files: { "a.py": 'import json\nwith open("state.json", "w") as f:\n    json.dump(1, f)\n' },
    call: line("audit --write-baseline known.json"),
    leftOut: /it was not looked at/,
  },
  {
    name: "fix --write",
    files: {
      "a.ts": 'import { writeFileSync } from "node:fs";\nwriteFileSync("state.json", JSON.stringify(1));\n',
      "b.py": 'import json\nwith open("registry.json", "w") as f:\n    json.dump(1, f)\n',
    },
    call: line("fix --write"),
    leftOut: /it was not looked at/,
    many: true,
  },
];
