import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HtmlValidate } from "html-validate";
import { boardPage, readBoard, writeDashboard } from "../../src/dashboard/index.ts";
import { openProject } from "../../src/project/index.ts";
import { at, filesBelow, folderFor, put } from "../folders.ts";
import { hostileTitle, sampleProject } from "./sample.ts";

const validator = new HtmlValidate({ extends: ["html-validate:standard"], rules: { "no-inline-style": "error" } });

async function assertValid(page: string): Promise<void> {
  const report = await validator.validateString(page);
  const found = report.results.flatMap(({ messages }) => messages.map((each) => `${each.line}: ${each.message}`));
  assert.deepEqual(found, []);
}

test("the board is valid HTML, with everything, with a problem, live, and empty", async (t) => {
  const root = folderFor(t);
  const board = await readBoard(await sampleProject(root));
  await assertValid(boardPage(board));
  await assertValid(boardPage(board, { problem: hostileTitle }));
  await assertValid(boardPage(board, { live: true }));
  const folder = join(root, "empty", ".project");
  await openProject(folder).init();
  await assertValid(boardPage(await readBoard({ folder, ground: at("2026-01-01T00:00:00Z") })));
});

test("no title, path, owner or problem becomes markup", async (t) => {
  const root = folderFor(t);
  const { folder, ground } = await sampleProject(root);
  const text = `\u0000\u0008\ud800 ${hostileTitle}`;
  const entry = { title: text, epic: "EP-001", stage: "active", path: `active/${hostileTitle.replaceAll("/", "")}` };
  const registry = {
    epics: { "EP-001": { title: text, status: "active" } },
    items: { "WI-001": entry },
    next_epic_id: 2,
    next_item_id: 2,
  };
  put(join(folder, "registry.json"), JSON.stringify(registry));
  put(join(folder, entry.path, "spec.md"), `---\nowner: ${JSON.stringify(hostileTitle)}\nupdated: "<b>"\n---\n`);
  const page = boardPage(await readBoard({ folder, ground }), { problem: text });
  await assertValid(page);
  const own = boardPage(await readBoard(await sampleProject(join(root, "other"))), { problem: "x" });
  const tags = (source: string): Set<string> => new Set(source.match(/<[a-z][a-z0-9]*/gi));
  assert.deepEqual(
    [...tags(page)].filter((tag) => !tags(own).has(tag)),
    [],
  );
  assert.equal(page.match(/<script>/g)?.length, 1);
  assert.equal(/<[^>]*\son\w+=/.test(page.replace(/<script>[^]*?<\/script>/g, "").replaceAll(/"[^"]*"/g, "")), false);
});

test("the page needs nothing else: no address, no style attribute, and a policy that allows its own parts only", async (t) => {
  const page = boardPage(await readBoard(await sampleProject(folderFor(t))));
  assert.equal(
    /\s(?:src|href|style)=/.test(page.replaceAll("&quot;", "").replace(/<p class="title">.*<\/p>/g, "")),
    false,
  );
  assert.match(
    page,
    /content="default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'/,
  );
});

test("the board counts, groups, and shows what is not in order", async (t) => {
  const { folder, ground } = await sampleProject(folderFor(t));
  const board = await readBoard({ folder, ground });
  assert.deepEqual(
    board.columns.map(({ stage, count, groups }) => [stage, count, groups.map(({ epic }) => epic?.code)]),
    [
      ["backlog", 3, ["EP-001", "EP-002", undefined]],
      ["active", 3, ["EP-001", "EP-002", undefined]],
      ["completed", 1, ["EP-001"]],
    ],
  );
  const cards = new Map(
    board.columns.flatMap(({ groups }) => groups.flatMap((group) => group.cards.map((card) => [card.code, card]))),
  );
  assert.deepEqual(cards.get("WI-002")?.phases, { complete: 3, total: 5 });
  assert.equal(cards.get("WI-001")?.completedOn, "2026-03-04");
  assert.deepEqual(
    cards.get("WI-007")?.badges.map(({ kind, status }) => [kind, status]),
    [
      ["spec", "draft"],
      ["design", "unreadable"],
    ],
  );
});

test("a dashboard is replaced whole, and nothing beside it is touched", async (t) => {
  const place = await sampleProject(folderFor(t));
  const before = filesBelow(place.folder);
  const output = join(place.folder, "dashboard.html");
  const board = await readBoard(place);
  await writeDashboard(place, { board }, output);
  assert.equal(readFileSync(output, "utf8"), boardPage(board));
  const { "dashboard.html": _, ...rest } = filesBelow(place.folder);
  assert.deepEqual(rest, before);
});

test("no board comes into the place of what it is drawn from, through a link or in another case", async (t) => {
  const root = folderFor(t);
  const project = openProject(join(root, ".project"), at("2026-03-04T05:06:07.000Z"));
  await project.init();
  await project.addItem({ title: "One", stage: "active" });
  const before = filesBelow(root);
  const place = { folder: project.folder, ground: at("2026-03-04T05:06:07.000Z") };
  const board = await readBoard(place);
  symlinkSync(join(".project", "registry.json"), join(root, "board.html"));
  symlinkSync("board.html", join(root, "again.html"));
  symlinkSync(join(".project", "active"), join(root, "into"));
  symlinkSync("loop.html", join(root, "loop.html"));
  const refuse = async (...names: string[]): Promise<void> => {
    for (const name of names)
      await assert.rejects(writeDashboard(place, { board, problem: undefined }, join(root, name)), /kept there/, name);
  };
  await refuse("board.html", "again.html", "into/x.html", ".project/Registry.JSON", ".project/Active/x.html");
  assert.deepEqual(filesBelow(root), before);
  // A link to a registry that is lost would make one that is none.
  rmSync(join(project.folder, "registry.json"));
  await refuse("board.html", "again.html");
  assert.equal(existsSync(join(project.folder, "registry.json")), false);
  await assert.rejects(writeDashboard(place, { board, problem: undefined }, join(root, "loop.html")));
  symlinkSync("real.html", join(root, "fine.html"));
  await writeDashboard(place, { board, problem: undefined }, join(root, "fine.html"));
  assert.match(readFileSync(join(root, "real.html"), "utf8"), /WI-001/);
});
