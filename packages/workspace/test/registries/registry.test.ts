import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isUntornError } from "untorn";
import { assertCrashSafe } from "untorn/testing";
import type { CrashTest } from "untorn/testing";
import { PatternStore, PromptRegistry, RoleRegistry, ToolRegistry } from "../../src/registries/index.ts";
import { at, filesBelow, folderFor } from "../folders.ts";
import { memoryGround } from "../memory-ground.ts";

const ground = at("2026-03-04T05:06:07.000Z");
const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;
const file = (content: string, extension = ".ts") => ({ extension, content });

test("a tool: specification, implementation, versions and index go together", async (t) => {
  const folder = folderFor(t);
  const tools = new ToolRegistry(folder, ground);
  await assert.rejects(tools.put("grep", { description: "finds" }), /a new tool needs its implementation/);
  await tools.put("grep", { description: "finds", mine: [1] }, file("one"));
  await tools.put("grep", { description: "finds more" });
  await tools.put("grep", { description: "finds most" }, file("two", ".py"));
  assert.deepEqual([tools.get("grep").version, tools.get("grep").implementation?.file], [3, "grep.py"]);
  assert.deepEqual(
    tools.history("grep").map(({ version, spec }) => [version, spec.description]),
    [
      [2, "finds more"],
      [1, "finds"],
    ],
  );
  assert.deepEqual(tools.history("grep")[1]?.spec["mine"], [1]);
  assert.deepEqual(Object.keys(filesBelow(folder)).sort(), [
    "grep.json",
    "grep.py",
    "history/grep/000001.json",
    "history/grep/000001.ts",
    "history/grep/000002.json",
    "history/grep/000002.ts",
    "index.json",
  ]);
  assert.deepEqual(tools.verify(), []);
  await tools.remove("grep");
  assert.deepEqual([tools.list().entries, tools.verify()], [[], []]);
  await assert.rejects(tools.remove("grep"), code("UNTORN_NOT_FOUND"));
  assert.equal((await tools.put("grep", { description: "again" }, file("x"))).version, 4);
});

test("an entry that is not UTF-8, or names a file that is not its own, is corrupt: nothing else is removed for it", async (t) => {
  const folder = folderFor(t);
  const tools = new ToolRegistry(folder, ground);
  for (const name of ["a", "b", "c"]) await tools.put(name, { description: name }, file(name));
  const old = readFileSync(join(folder, "a.json"), "utf8");
  for (const other of ["b.json", "b.ts", "a.json", "a", "a/../b.ts", "A.ts", "a.b.ts"]) {
    writeFileSync(join(folder, "a.json"), old.replace('"a.ts"', JSON.stringify(other)));
    await assert.rejects(tools.remove("a"), code("UNTORN_CORRUPT"), other);
  }
  const latin = Buffer.from(
    readFileSync(join(folder, "c.json"), "utf8").replace('"description": "c"', '"description": "caf\xe9"'),
    "latin1",
  );
  writeFileSync(join(folder, "c.json"), latin);
  assert.deepEqual(
    tools.list().corrupt.map(({ name }) => name),
    ["a", "c"],
  );
  assert.match(tools.verify().join("\n"), /c\.json: .*not UTF-8.*move it away and put the entry again/);
  await assert.rejects(tools.put("c", { description: "new" }, file("new")), code("UNTORN_CORRUPT"));
  await assert.rejects(tools.put("c", { description: "new" }), code("UNTORN_CORRUPT"));
  assert.deepEqual(readFileSync(join(folder, "c.json")), latin);
  await assert.rejects(tools.remove("c"), /Mend c\.json, or move it away and put the entry again/);
  assert.deepEqual([tools.get("b").version, existsSync(join(folder, "b.ts"))], [1, true]);
});

test("a tool whose implementation was removed by hand can be put again with another one, and removed", async (t) => {
  const folder = folderFor(t);
  const tools = new ToolRegistry(folder, ground);
  await tools.put("a", { description: "a" }, file("one"));
  rmSync(join(folder, "a.ts"));
  assert.equal((await tools.put("a", { description: "a" }, file("two", ".py"))).implementation?.file, "a.py");
  rmSync(join(folder, "a.py"));
  await tools.remove("a");
  assert.deepEqual([tools.list().entries, tools.history("a").map(({ version }) => version)], [[], [2, 1]]);
});

test("a file that belongs to no tool is not replaced by a tool's implementation", async (t) => {
  const folder = folderFor(t);
  const tools = new ToolRegistry(folder, ground);
  writeFileSync(join(folder, "a.ts"), "mine");
  await assert.rejects(tools.put("a", { description: "a" }, file("one")), code("UNTORN_EXISTS"));
  await tools.put("a", { description: "a" }, file("one", ".py"));
  await assert.rejects(tools.put("a", { description: "a" }, file("two")), code("UNTORN_EXISTS"));
  assert.deepEqual([filesBelow(folder)["a.ts"], filesBelow(folder)["a.py"], tools.verify()], ["mine", "one", []]);
});

test("a corrupt entry is reported, is not replaced, and the others load", async (t) => {
  const folder = folderFor(t);
  const roles = new RoleRegistry(folder, ground);
  for (const name of ["critic", "writer", "tester"])
    await roles.put(name, { description: name, instructions: "Do it." });
  writeFileSync(join(folder, "writer.json"), '{"name": "writer", "ver');
  writeFileSync(join(folder, "tester.json"), "");
  const { entries, corrupt } = roles.list();
  assert.deepEqual(
    [entries.map(({ name }) => name), corrupt.map(({ name }) => name)],
    [["critic"], ["tester", "writer"]],
  );
  await assert.rejects(roles.put("writer", { description: "x", instructions: "y" }), code("UNTORN_CORRUPT"));
  await roles.put("critic", { description: "better", instructions: "Do it." });
  assert.equal(filesBelow(folder)["writer.json"], '{"name": "writer", "ver');
  assert.equal(roles.verify().length, 2);
});

test("no version is given twice, also where an entry that cannot be read is moved away and put again, or an old one put back", async (t) => {
  const folder = folderFor(t);
  const roles = new RoleRegistry(folder, ground);
  const put = async (name: string) => (await roles.put(name, { description: "x", instructions: "y" })).version;
  for (const version of [1, 2]) assert.equal(await put("a"), version);
  const second = readFileSync(join(folder, "a.json"), "utf8");
  writeFileSync(join(folder, "a.json"), "");
  // Others go on meanwhile, before and after it is moved away.
  await put("b");
  rmSync(join(folder, "a.json"));
  await put("c");
  assert.deepEqual(roles.verify(), []);
  await roles.rebuildIndex();
  assert.equal(await put("a"), 3);
  assert.equal(await put("a"), 4);
  writeFileSync(join(folder, "a.json"), second);
  assert.equal(await put("a"), 5);
  await roles.remove("a");
  assert.doesNotMatch(filesBelow(folder)["index.json"] ?? "", /"a"/);
  assert.equal(await put("a"), 6);
  assert.deepEqual(roles.verify(), []);
});

test("what is not valid is refused with its place, and nothing is written", async (t) => {
  const folder = folderFor(t);
  const bad = { confidence: 2 } as unknown as { description: string };
  await assert.rejects(new PatternStore(folder).put("p", bad), /not valid: description/);
  await assert.rejects(new PatternStore(folder).put("p", { description: "x", confidence: 2 }), /confidence/);
  await assert.rejects(new PromptRegistry(folder).put("p", { text: "" }), /text: it is empty/);
  await assert.rejects(new RoleRegistry(folder).put("p", { description: "x" } as never), /instructions/);
  assert.deepEqual(filesBelow(folder), {});
});

test("names that leave the folder, are reserved, or differ by case only are refused", async (t) => {
  const folder = folderFor(t);
  const prompts = new PromptRegistry(folder, ground);
  await prompts.put("Größe", { text: "x" });
  for (const name of [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "C:x",
    ".hidden",
    "a.",
    "a ",
    "con",
    "NUL.txt",
    "index",
    "History",
    "a\0",
    "a\nb",
    "e\u0301",
    "-x",
    "x".repeat(121),
  ]) {
    await assert.rejects(prompts.put(name, { text: "x" }), code("UNTORN_INVALID_ARGUMENT"), JSON.stringify(name));
    assert.throws(() => prompts.get(name), code("UNTORN_INVALID_ARGUMENT"));
  }
  for (const name of ["größe", "GRÖSSE", "GRÖßE"])
    await assert.rejects(prompts.put(name, { text: "x" }), code("UNTORN_EXISTS"), name);
  await prompts.put("Größe", { text: "y" });
  assert.deepEqual(
    prompts.list().entries.map(({ name, version }) => [name, version]),
    [["Größe", 2]],
  );
});

test("verify finds a changed or lost implementation and a wrong index; the index can be made anew", async (t) => {
  const folder = folderFor(t);
  const tools = new ToolRegistry(folder, ground);
  await tools.put("a", { description: "x" }, file("1"));
  await tools.put("b", { description: "x" }, file("1"));
  writeFileSync(join(folder, "a.ts"), "2");
  rmSync(join(folder, "b.ts"));
  writeFileSync(join(folder, "index.json"), "{}");
  const problems = tools.verify().join("\n");
  for (const part of [/implementation of a is not/, /implementation of b is gone/, /index\.json: it does not agree/])
    assert.match(problems, part);
  await tools.rebuildIndex();
  assert.equal(tools.verify().length, 2);
});

test("a crash while a tool is put leaves specification, implementation, history and index of one version", async () => {
  const crash: CrashTest<number> = {
    states: 120 * Number(process.env["UNTORN_EFFORT"] ?? 1),
    seed: Number(process.env["UNTORN_SEED"] ?? 1),
    setup: async (port) => {
      const memory = memoryGround(port);
      await memory.write("/tools/README.md", "x", { mkdir: true });
      await new ToolRegistry("/tools", memory).put("t", { description: "1" }, file("v1"));
    },
    workload: async (port, run) => {
      run.begin(2);
      await new ToolRegistry("/tools", memoryGround(port)).put("t", { description: "2" }, file("v2"));
      run.returned(2);
    },
    recover: async (port) => void (await memoryGround(port).store("/tools").readTogether(["t.json"])),
    check: (port, knowledge) => {
      const tools = new ToolRegistry("/tools", memoryGround(port));
      assert.deepEqual(tools.verify(), []);
      const { version, spec } = tools.get("t");
      assert.equal(spec.description, String(version));
      assert.equal(tools.history("t").length, version - 1);
      assert.ok(knowledge.allowed(1).includes(version));
    },
  };
  await assertCrashSafe(crash);
});
