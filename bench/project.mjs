// node bench/project.mjs [--quick]: the commands of a project against their bounds, side by side in one run. The folder is
// made below bench/build, on the disk of the project. Every figure is a median of rounds that alternate.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openProject } from "@untorn/workspace/project";
import { readFileSync as readStrictly } from "untorn";
import { alternate, median, ratio } from "./rounds.mjs";

const build = fileURLToPath(new URL("build/", import.meta.url));
const command = fileURLToPath(new URL("../packages/cli/bin/untorn.js", import.meta.url));
const rounds = process.argv.includes("--quick") ? 3 : 9;
mkdirSync(build, { recursive: true });
const root = mkdtempSync(join(build, "project-"));

/** A project with so many items; the active ones have a folder with so many artifacts. */
function makeProject(name, items, artifacts) {
  const folder = join(root, name, ".project");
  const registry = { epics: {}, items: {}, next_epic_id: 21, next_item_id: items + 1 };
  for (let i = 1; i <= 20; i += 1) registry.epics[code("EP", i)] = { title: `Epic ${i}`, status: "active" };
  for (let i = 1; i <= items; i += 1) {
    const item = { title: `Work that is to be done, number ${i}`, epic: code("EP", 1 + (i % 20)) };
    const path = artifacts.length === 0 ? null : `active/${code("WI", i)}-work-that-is-to-be-done`;
    registry.items[code("WI", i)] = { ...item, stage: path === null ? "backlog" : "active", path };
    for (const kind of artifacts) {
      const members = {
        id: code("WI", i),
        title: item.title,
        type: kind,
        status: "draft",
        epic: item.epic,
        owner: null,
      };
      const stamps = { created: '"2026-03-04T05:06:07.890Z"', updated: '"2026-03-04T05:06:07.890Z"' };
      const phases = kind === "plan" ? { phases_total: 5, phases_complete: 3 } : {};
      const lines = Object.entries({ ...members, ...stamps, ...phases }).map(([key, value]) => `${key}: ${value}\n`);
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(
        join(folder, path, `${kind}.md`),
        `---\n${lines.join("")}---\n\n# Text\n\n${"Some words of it.\n".repeat(40)}`,
      );
    }
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "registry.json"), `${JSON.stringify(registry, null, 2)}\n`);
  return folder;
}

function code(kind, number) {
  return `${kind}-${String(number).padStart(3, "0")}`;
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function untorn(args, input = "") {
  const { status, stderr } = spawnSync(process.execPath, [command, ...args], { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`untorn ${args.join(" ")}: ${stderr}`);
}

function report(title, figures, target, value) {
  console.log(`\n${title}`);
  for (const [name, values] of Object.entries(figures))
    console.log(`  ${median(values).toFixed(1).padStart(8)} ms  ${name}`);
  console.log(`  ${value <= target.at ? "met" : "MISSED"}: ${value.toFixed(2)} ${target.unit}, at most ${target.at}`);
}

try {
  const large = makeProject("large", 10_000, []);
  const copy = join(root, "copy.json");
  const bytes = readFileSync(join(large, "registry.json"));
  const add = await alternate(
    {
      "untorn write of the registry": () => timed(() => untorn(["write", copy], bytes)),
      "untorn item add": () => timed(() => untorn(["item", "add", "--title", "One more", "--root", join(large, "..")])),
    },
    rounds,
  );
  const addRatio = ratio(...Object.values(add));
  report("item add in a project of 10,000 items", add, { at: 1.5, unit: "x replace and start-up" }, addRatio);

  const board = makeProject("board", 1_000, ["spec", "plan"]);
  const draw = await alternate(
    {
      "untorn --version": () => timed(() => untorn(["--version"])),
      "untorn dashboard": () => timed(() => untorn(["dashboard", "--root", join(board, "..")])),
    },
    rounds,
  );
  const [start, drawn] = Object.values(draw);
  const beyond = median(drawn.map((time, round) => time - start[round])) / 1000;
  report("dashboard of 1,000 items, 2,000 artifacts", draw, { at: 0.3, unit: "s beyond start-up" }, beyond);

  const many = makeProject("many", 10_000, ["spec"]);
  const project = openProject(many);
  const folders = join(many, "active");
  const readAll = (read) => () =>
    timed(() => {
      for (const name of readdirSync(folders)) {
        for (const file of readdirSync(join(folders, name))) read(join(folders, name, file));
      }
    });
  const mend = await alternate(
    {
      "fs.readFileSync of every artifact": readAll((path) => readFileSync(path)),
      "untorn's readFileSync of every artifact": readAll((path) => readStrictly(path)),
      async reconcile() {
        const from = performance.now();
        await project.reconcile();
        return performance.now() - from;
      },
    },
    rounds,
  );
  const [, strictly, mended] = Object.values(mend);
  report("reconcile of 10,000 artifacts", mend, { at: 2, unit: "x reading them" }, ratio(strictly, mended));
} finally {
  rmSync(root, { recursive: true, force: true });
}
