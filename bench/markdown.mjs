// What an edit of a Markdown document costs from 10 KB to 50 MB, of ordinary text and of text made to be slow; and what
// micromark takes for the positions alone, up to 300 KB: for 1 MB it takes more than a minute. Run: node bench/markdown.mjs [MAX_BYTES]
import { fromMarkdown } from "mdast-util-from-markdown";
import { frontmatterFromMarkdown } from "mdast-util-frontmatter";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { frontmatter } from "micromark-extension-frontmatter";
import { gfmTable } from "micromark-extension-gfm-table";
import { appendRow, checkTask, getField, replaceBlock, replaceSection, setField } from "@untorn/markdown";

const most = Number(process.argv[2] ?? 50_000_000);
const sizes = [10_000, 100_000, 1_000_000, 10_000_000, 50_000_000].filter((size) => size <= most);

const ordinary = [
  "## Phase 12: Something\n\n**Goal**: Text with `code`, [a link](https://example.org) and more\nDepends on: Phase 11\n\n",
  "- [x] A task that is done\n- [ ] One that is not\n  - nested: yes\n\n",
  "| Phase | Plans | Total |\n|-------|-------|-------|\n| 01 | 2 | 4 min |\n\n```js\nconst key = 1;\n```\n\n<!-- a comment -->\n\n",
].join("");

const start = "# State\n\nStatus: old\n\n## Tasks\n\n- [ ] the task\n\n| K | V |\n|---|---|\n| a | b |\n\n";
const block = "<!-- X:BEGIN -->\nold\n<!-- X:END -->\n\n## Target\n\ntext\n\n";
const whole = (body) => `${start}${block}${body}`;

const edits = {
  getField: (text) => getField(text, "Status", { under: "State", index: 0 }),
  setField: (text) => setField(text, "Status", "new", { index: 0 }),
  replaceSection: (text) => replaceSection(text, "Target", "new", { nested: false }),
  replaceBlock: (text) => replaceBlock(text, "X", "new"),
  checkTask: (text) => checkTask(text, "the task"),
  appendRow: (text) => appendRow(text, ["c", "d"], { index: 0 }),
};

const bodies = {
  "ordinary text": (size) => ordinary.repeat(Math.ceil(size / ordinary.length)),
  "one long line": (size) => `${"x".repeat(size)}\n`,
  "one paragraph of fields": (size) => "Key: value\n".repeat(size / 11),
  "nested block quotes": (size) => `${">".repeat(size)}\n`,
  "nested lists, blank lines": (size) => `${"- ".repeat(size / 4)}a\n${"\n".repeat(size / 2)}b\n`,
  "nested lists, indented line": (size) => `${"- ".repeat(size / 4)}a\n\n${" ".repeat(size / 2)}b\n`,
  "thematic break look-alikes": (size) => `${"* ".repeat(size / 2)}x\n`,
  "backticks of all lengths": (size) => {
    let text = "K: v ";
    for (let run = 1; text.length < size; run += 1) text += `${"`".repeat(run)} `;
    return `${text}\n`;
  },
  "tags never closed": (size) => `K: v ${"<a b='".repeat(size / 6)}\n`,
  "comments never closed": (size) => `K: v ${"a <!-- ".repeat(size / 7)}\n`,
  definitions: (size) => "[a]: /u\n".repeat(size / 8),
  brackets: (size) => `K: v ${"[".repeat(size)}\n`,
  headings: (size) => "# h\n".repeat(size / 4),
  "table rows": (size) => `| a | b |\n|--|--|\n${"| c | d |\n".repeat(size / 10)}`,
  "white space": (size) => `a${" ".repeat(size)}b\n`,
  "HTML lines": (size) => `<div>\n${"<!-- x\n".repeat(size / 7)}`,
};

const extensions = [frontmatter(["yaml", "toml"]), gfmTable()];
const mdastExtensions = [frontmatterFromMarkdown(["yaml", "toml"]), gfmTableFromMarkdown()];

function milliseconds(run) {
  const before = performance.now();
  run();
  return performance.now() - before;
}

console.log(
  `Node ${process.versions.node}; each edit in ms (one run after a warm-up at 10 KB), and ns per byte at the two largest sizes`,
);
for (const [name, body] of Object.entries(bodies)) {
  const chosen = name === "ordinary text" ? Object.entries(edits) : Object.entries(edits).slice(1, 3);
  // Where the hostile text is a paragraph, the field that is in it.
  if (body(sizes[0]).startsWith("K: v")) chosen.push(["set in it", (text) => setField(text, "K", "w")]);
  for (const [edit, run] of chosen) {
    const costs = sizes.map((size) => {
      const text = whole(body(size));
      if (size === sizes[0]) for (let warm = 0; warm < 20; warm += 1) run(text);
      try {
        return milliseconds(() => run(text));
      } catch (error) {
        return error.code ?? error;
      }
    });
    const perByte = costs.map((cost, at) => (typeof cost === "number" ? ((cost * 1e6) / sizes[at]).toFixed(1) : "-"));
    const shown = costs.map((cost) => (typeof cost === "number" ? cost.toFixed(cost < 10 ? 2 : 0) : String(cost)));
    console.log(
      `${name.padEnd(28)} ${edit.padEnd(15)} ${shown.map((cost) => cost.padStart(8)).join(" ")}   ${perByte.slice(-2).join(" / ")} ns/byte`,
    );
  }
}

console.log("\nmicromark, positions of ordinary text alone");
for (const size of [10_000, 30_000, 100_000, 300_000].filter((size) => size <= most)) {
  const text = whole(bodies["ordinary text"](size));
  const cost = milliseconds(() => fromMarkdown(text, { extensions, mdastExtensions }));
  console.log(
    `${String(size).padStart(8)} bytes ${cost.toFixed(0).padStart(8)} ms   ${((cost * 1e6) / size).toFixed(0)} ns/byte`,
  );
}
