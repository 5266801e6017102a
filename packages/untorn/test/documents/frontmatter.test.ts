import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  deleteFrontmatter,
  editFrontmatter,
  getFrontmatter,
  parseFrontmatter,
  readFrontmatter,
  readFrontmatterSync,
  setFrontmatter,
  updateFrontmatter,
  updateFrontmatterSync,
} from "../../src/frontmatter.ts";
import { folder } from "../atomic/support/places.ts";

const corrupt = (text: string, message: RegExp, line?: number): void => {
  assert.throws(
    () => parseFrontmatter(text, { path: "note.md" }),
    (error: { code?: string; message: string; position?: { line: number } }) => {
      assert.equal(error.code, "UNTORN_CORRUPT", text);
      assert.match(error.message, message, text);
      if (line !== undefined) assert.equal(error.position?.line, line, text);
      return true;
    },
  );
  assert.throws(() => setFrontmatter(text, "a", 1), { code: "UNTORN_CORRUPT" });
};

test("frontmatter in TOML or JSON, or without its end, is a clear error", () => {
  corrupt('+++\ntitle = "x"\n+++\nbody\n', /TOML/, 1);
  corrupt('---toml\ntitle = "x"\n---\n', /other than YAML/, 1);
  corrupt('{\n"title": "x"\n}\n\nbody\n', /JSON/, 1);
  corrupt("---\ntitle: x\nbody without end\n", /clos|end/i);
  corrupt("---\n- a\n- b\n---\n", /mapping|list/i);
  corrupt("---\ntitle: [a\n---\n", /YAML/i);
});

test("a key that comes twice is an error with its place; YAML 1.2 reads no and 012 as they are", () => {
  corrupt("---\na: 1\nb: 2\na: 3\n---\n", /unique|twice|repeat/i, 4);
  const { data } = parseFrontmatter("---\nno: no\noctal: 012\ndate: 2024-01-01\nyes: true\n---\n");
  assert.deepEqual(data, { no: "no", octal: 12, date: "2024-01-01", yes: true });
});

test("aliases are bounded, and no tag is executed", () => {
  const level = (n: number): string =>
    `l${n}: &l${n} [${Array(10)
      .fill(n === 0 ? "x" : `*l${n - 1}`)
      .join(", ")}]`;
  const bomb = `---\n${Array.from({ length: 9 }, (_, n) => level(n)).join("\n")}\n---\n`;
  const started = performance.now();
  corrupt(bomb, /alias/i);
  assert.ok(performance.now() - started < 2_000);
  const tagged =
    "---\na: !!js/function 'function () { globalThis.hacked = true }'\nb: !!python/object/apply:os.system [ls]\n---\n";
  try {
    parseFrontmatter(tagged);
  } catch (error) {
    assert.equal((error as { code?: string }).code, "UNTORN_CORRUPT");
  }
  assert.equal((globalThis as { hacked?: boolean }).hacked, undefined);
  assert.deepEqual(parseFrontmatter("---\na: &x [1]\nb: *x\n---\n").data, { a: [1], b: [1] });
});

test("dotted paths: a backslash takes a dot as it is, numbers are places in lists, a list of keys needs no escape", () => {
  const text = "---\na.b: 1\na:\n  b: 2\nlist:\n- x\n- y: z\n---\n";
  assert.equal(getFrontmatter(text, "a\\.b"), 1);
  assert.equal(getFrontmatter(text, "a.b"), 2);
  assert.equal(getFrontmatter(text, ["a.b"]), 1);
  assert.equal(getFrontmatter(text, "list.1.y"), "z");
  assert.equal(getFrontmatter(text, "list.2"), undefined);
  assert.equal(getFrontmatter(text, "__proto__.x"), undefined);
  assert.equal(setFrontmatter(text, "a\\.b", 9), text.replace("1", "9"));
  assert.equal(
    setFrontmatter(text, "list.1.y", "$& \\1"),
    text.replace("z", () => "$& \\1"),
  );
  assert.equal(deleteFrontmatter(text, ["a", "none"]), text);
  for (const bad of ["", "a..b", ".a", "a."])
    assert.throws(() => setFrontmatter(text, bad, 1), { code: "UNTORN_INVALID_ARGUMENT" }, bad);
});

test("CRLF, a byte order mark, a missing final newline and the body stay", () => {
  const text = "\uFEFF---\r\ntitle: 'x'  # why\r\nn: 1\r\n---\r\nbody\r\n---\r\nno end";
  const edited = setFrontmatter(text, "title", "it's\n$&");
  assert.ok(edited.startsWith("\uFEFF---\r\ntitle: "));
  assert.ok(edited.endsWith("\r\nn: 1\r\n---\r\nbody\r\n---\r\nno end"));
  assert.equal(getFrontmatter(edited, "title"), "it's\n$&");
  assert.equal(setFrontmatter("body\r\n", "a", 1), "---\r\na: 1\r\n---\r\nbody\r\n");
  assert.equal(setFrontmatter("", "a", 1), "---\na: 1\n---\n");
  assert.equal(editFrontmatter(text, parseFrontmatter(text).data), text);
  for (const bad of [{ a: () => 1 }, [1], null])
    assert.throws(() => editFrontmatter("", bad as Record<string, unknown>), { code: "UNTORN_INVALID_ARGUMENT" });
});

test("readFrontmatter and updateFrontmatter: strict, under the lock, and nothing saved over what is corrupt", async (t) => {
  const path = join(folder(t), "note.md");
  assert.throws(() => readFrontmatterSync(path), { code: "UNTORN_NOT_FOUND" });
  await updateFrontmatter(path, (current) => ({ ...current, made: true }));
  assert.equal(readFileSync(path, "utf8"), "---\nmade: true\n---\n");
  writeFileSync(path, "---\n# kept\nstatus: 'open' # why\n---\n$& body\n");
  updateFrontmatterSync(path, (current) => void ((current as { status: string }).status = "done"));
  assert.equal(readFileSync(path, "utf8"), "---\n# kept\nstatus: 'done' # why\n---\n$& body\n");
  assert.deepEqual((await readFrontmatter(path)).value, { status: "done" });
  for (const bad of ["---\nstatus: [\n---\n", "\xff", "---\na: \0\n---\n"]) {
    writeFileSync(path, bad, "latin1");
    utimesSync(path, 1, 1);
    await assert.rejects(
      updateFrontmatter(path, () => ({})),
      { code: "UNTORN_CORRUPT", outcome: "unchanged" },
    );
    assert.equal(readFileSync(path, "latin1"), bad);
  }
});

test("who imports untorn, untorn/json or untorn/jsonl does not load YAML", () => {
  const loaded = (entry: string): string[] => {
    const url = new URL(`../../src/${entry}.js`, import.meta.url).href;
    const code = `import module from "node:module"; await import(${JSON.stringify(url)});
      console.log(JSON.stringify(Object.keys(module._cache ?? {})));`;
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    return (JSON.parse(out) as string[]).filter((path) => /[\\/]node_modules[\\/]yaml[\\/]/.test(path));
  };
  for (const entry of ["index", "json", "jsonl"]) assert.deepEqual(loaded(entry), [], entry);
  assert.ok(loaded("frontmatter").length > 0, "this test would see it");
});

test("what is handed out means what was asked, also where the YAML is such that an edit of it would not", () => {
  const cases: readonly (readonly [yaml: string, wanted: Record<string, unknown>])[] = [
    ["k: [a: 1, b: 2]\n", { k: [{ a: 1, more: 1 }, { b: 2 }] }],
    ["? a\n? b\n", { a: null, b: null, c: null, d: 1 }],
    ["{\n  foo :,\n}\n", { foo: "" }],
    ["foo: |\n  x\n   \n", { foo: "x\n \n", new: true }],
    ["[flow]: block\n", {}],
    ["? []: x\n", { a: 1 }],
  ];
  let edited = 0;
  for (const [yaml, wanted] of cases) {
    for (const newline of ["\n", "\r\n"]) {
      const text = `---\n${yaml}---\nbody\n`.replaceAll("\n", newline);
      let result: string;
      try {
        result = editFrontmatter(text, wanted);
      } catch (error) {
        assert.match((error as Error).message, /Nothing was touched\. Edit the frontmatter by hand/);
        continue;
      }
      edited += 1;
      assert.deepEqual(parseFrontmatter(result).data, wanted, JSON.stringify(text));
    }
  }
  assert.ok(edited >= 6, `only ${edited} could be edited`);
});
