// node bench/documents.mjs: edits of JSON, JSON Lines and frontmatter from 10 KB to 50 MB, against parse + stringify.
// One row a size; every figure is a median, in milliseconds, or a multiple of JSON.parse + JSON.stringify.
import { openJson } from "untorn/json";
import { keepLast, parseLines } from "untorn/jsonl";
import { setFrontmatter } from "untorn/frontmatter";

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(1e4, 1e5, 1e6, 1e7, 5e7);

function history(bytes) {
  const items = [];
  for (let size = 0; size < bytes; size += 200) {
    const id = items.length;
    items.push({
      id: `EP-${id}`,
      title: `work to do ${id}`,
      status: "open",
      tags: ["a", "b"],
      score: id * 1.5,
      by: { name: null, n: id },
    });
  }
  return { version: 1, items, updated: "2026-01-01" };
}

function median(run, rounds) {
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[rounds >> 1];
}

const rows = [];
for (const size of sizes) {
  const rounds = Math.max(5, Math.min(101, Math.round(2e7 / size)));
  const text = Buffer.from(JSON.stringify(history(size), null, 2)).toString();
  const base = median(() => JSON.stringify(JSON.parse(text), null, 2), rounds);
  const edit = (change) => {
    const time = median(() => {
      const document = openJson(text);
      change(document.value);
      document.edit(document.value);
    }, rounds);
    return Number((time / base).toFixed(2));
  };
  const log = Buffer.from(
    history(size)
      .items.map((item) => `${JSON.stringify(item)}\n`)
      .join(""),
  );
  const front = `---\ntitle: x\ntags: [a, b]\n---\n${"text line\n".repeat(size / 10)}`;
  rows.push({
    bytes: text.length,
    "parse+stringify ms": Number(base.toFixed(2)),
    "first member x": edit(({ items }) => (items[0].status = "done")),
    "last member x": edit(({ items }) => (items.at(-1).status = "done")),
    "push x": edit(({ items }) => items.push({ id: 1 })),
    "shift+push x": edit(({ items }) => items.push(items.shift())),
    "every item x": edit(({ items }) => items.forEach((item) => (item.status = "done"))),
    "read lines ms": Number(median(() => [...parseLines(log)].length, rounds).toFixed(2)),
    "keepLast ms": Number(median(() => keepLast(log, { maxEntries: 50 }), rounds).toFixed(2)),
    "frontmatter ms": Number(median(() => setFrontmatter(front, "title", "y"), rounds).toFixed(2)),
  });
}
console.table(rows);
