// What a look at a folder of 10,000 documents costs, against finding and reading the same files with find and cat. The files are in
// memory from the first round on. Wall-clock time, and processor time (user and system) as the shell counts it.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scan } from "untorn";
import { atMost } from "./replace.mjs";
import { alternate, median, ratio } from "./rounds.mjs";

const documents = 10_000;
const command = fileURLToPath(new URL("../packages/cli/bin/untorn.js", import.meta.url));

/** A state folder: half JSON, and Markdown with frontmatter, logs and text; 100 to a folder, 16 MB in all. */
function fill(directory) {
  for (let at = 0; at < documents; at += 1) {
    const folder = `${directory}/part-${Math.floor(at / 100)}`;
    if (at % 100 === 0) mkdirSync(folder, { recursive: true });
    const items = Array.from({ length: 1 + ((at * 7) % 30) }, (_, item) => ({
      id: `WI-${at}-${item}`,
      title: "a task to do",
      status: "open",
      updated: "2026-01-01T00:00:00Z",
    }));
    const [name, text] =
      at % 10 < 5
        ? ["json", `${JSON.stringify({ version: 1, items }, null, 2)}\n`]
        : at % 10 < 8
          ? [
              "md",
              `---\nid: WI-${at}\ntitle: a task to do\nstatus: open\ntags: [a, b]\n---\n\n# Title\n\n${line((at * 3) % 80)}`,
            ]
          : at % 10 < 9
            ? ["jsonl", items.map((item) => `${JSON.stringify(item)}\n`).join("")]
            : ["txt", line(1 + ((at * 11) % 130))];
    writeFileSync(`${folder}/state-${at}.${name}`, text);
  }
}

const line = (count) => "some text that goes on\n".repeat(count);

/** Wall-clock milliseconds of a shell command, and its processor time. */
function timed(shell) {
  const start = performance.now();
  const { status, stdout } = spawnSync("sh", ["-c", `${shell} >/dev/null\nstatus=$?\ntimes\nexit $status`]);
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${shell} ended with status ${status}`);
  // The second line is that of the commands that the shell ran: 0m0.012s 0m0.140s.
  const [, children] = stdout.toString().split("\n");
  const cpu = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + m * 60 + Number(s), 0);
  return { ms, cpu: cpu * 1000 };
}

export async function measureScan(place, { rounds }) {
  const folder = `${place.directory}/documents`;
  fill(folder);
  const own = async (cpuBefore = process.cpuUsage(), start = performance.now()) => {
    const { findings } = await scan(folder);
    if (findings.length > 0) throw new Error(findings[0].detail);
    const { user, system } = process.cpuUsage(cpuBefore);
    return { ms: performance.now() - start, cpu: (user + system) / 1000 };
  };
  // The first call of a process, which finds nothing compiled.
  const first = () => {
    const program = `import { scan } from "untorn"; const c = process.cpuUsage(); const t = performance.now(); await scan(${JSON.stringify(folder)});
      const { user, system } = process.cpuUsage(c); console.log(JSON.stringify({ ms: performance.now() - t, cpu: (user + system) / 1000 }));`;
    const cwd = fileURLToPath(new URL(".", import.meta.url));
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd });
    return JSON.parse(stdout.toString());
  };
  const contenders = {
    "find -type f -size, and cat": () => timed(`find ${folder} -type f -size +0 -exec cat {} +`),
    "scan(), the first call": first,
    "scan(), later calls": own,
    "untorn check": () => timed(`${process.execPath} ${command} check ${folder}`),
    "node -e 0": () => timed(`${process.execPath} -e 0`),
  };
  const figures = await alternate(contenders, rounds);
  rmSync(folder, { recursive: true });
  const [floor, cold, , whole] = Object.values(figures);
  const of = (values, what) => values.map((each) => each[what]);
  return {
    title: `A look at ${documents} documents in 100 folders (16 MB, ${place.name})`,
    columns: ["", "ms", "to find and cat", "processor ms", "to find and cat"],
    rows: Object.entries(figures).map(([name, values]) => [
      name,
      median(of(values, "ms")).toFixed(0),
      ratio(of(floor, "ms"), of(values, "ms")).toFixed(2),
      median(of(values, "cpu")).toFixed(0),
      ratio(of(floor, "cpu"), of(values, "cpu")).toFixed(2),
    ]),
    targets: [
      atMost("scan() of 10,000 files, first call, to find and cat", 2, ratio(of(floor, "ms"), of(cold, "ms"))),
      atMost("untorn check of 10,000 files, to find and cat", 2, ratio(of(floor, "ms"), of(whole, "ms"))),
    ],
  };
}
