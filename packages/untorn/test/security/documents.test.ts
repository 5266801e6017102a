import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { test } from "node:test";
import * as v from "valibot";
import { deleteFrontmatter, editFrontmatter, parseFrontmatter, setFrontmatter } from "../../src/frontmatter.ts";
import { updateFile } from "../../src/index.ts";
import { editJson, openJson, parseJson, updateJson } from "../../src/json.ts";
import { parseLines, readLines, repairLog } from "../../src/jsonl.ts";
import { folder } from "../atomic/support/places.ts";

/** Documents that are made to hurt (docs/security.md); more in test/documents. */

const frontmatter = (yaml: string): string => `---\n${yaml}\n---\n`;

/** CPU time, so that a busy machine fails nothing. */
function seconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const anchors = (count: number): string =>
  Array.from({ length: count }, (_, n) => `k${n}: &a${n} ${n === 0 ? "x" : `[*a${n - 1}, *a${n - 1}]`}`).join("\n");

/** `either`: the runtime's stack decides how deep a document may be. */
type End = "answered" | "refused" | "either";

const hostile: readonly [string, End, () => unknown][] = [
  ["YAML: aliases of aliases (a billion laughs)", "refused", () => parseFrontmatter(frontmatter(anchors(60)))],
  [
    "YAML: merge keys of merge keys",
    "answered",
    () => parseFrontmatter(frontmatter("a: &a {x: 1}\nb: &b {<<: *a}\nc: {<<: *b}\n")),
  ],
  ["YAML: an alias of itself", "refused", () => parseFrontmatter(frontmatter("a: &a [*a]"))],
  [
    "YAML: 20,000 levels",
    "either",
    () => parseFrontmatter(frontmatter(`a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`)),
  ],
  [
    "YAML: 2,000 indents",
    "either",
    () => parseFrontmatter(frontmatter(Array.from({ length: 2000 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"))),
  ],
  [
    "YAML: 20,000 keys",
    "answered",
    () => parseFrontmatter(frontmatter(Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join("\n"))),
  ],
  [
    "JSON: a number with an exponent of a billion",
    "answered",
    () => parseJson(`[1e${"9".repeat(1000)}, -1e-${"9".repeat(1000)}]`),
  ],
  ["JSON: an edit beside such numbers", "answered", () => editJson(`{"a": 1e${"9".repeat(5000)}, "b": 1}`, { b: 2 })],
  ["JSON: a million brackets that never close", "refused", () => parseJson("[".repeat(1_000_000))],
  ["JSON: a million members of one name", "answered", () => parseJson(`{${'"a":1,'.repeat(1_000_000)}"a":2}`)],
  ["JSON: a megabyte of escapes", "answered", () => parseJson(`"${"\\u0041".repeat(200_000)}"`)],
  [
    "JSON: an edit of 100,000 members",
    "answered",
    () => openJson(`{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":${n}`).join()}}`).edit({}),
  ],
  [
    "JSONL: a line of ten megabytes that is none",
    "answered",
    () => [...parseLines(Buffer.from(`{"a":"${"x".repeat(10_000_000)}`), { path: "log" })],
  ],
];

for (const [name, end, work] of hostile) {
  const words = { answered: "an answer", refused: "UNTORN_CORRUPT", either: "an answer or UNTORN_CORRUPT" };
  test(`${name}: ${words[end]}, in bounded time`, () => {
    let found: End = "answered";
    const took = seconds(() => {
      try {
        work();
      } catch (error) {
        assert.equal((error as { code?: string }).code, "UNTORN_CORRUPT", inspect(error));
        found = "refused";
      }
    });
    assert.equal(found, end === "either" ? found : end);
    assert.ok(took < 10, `${took} s`);
  });
}

test("what a small document expands to stays small", () => {
  // Heap of the process, asked in one that has nothing else to do.
  const library = new URL("../../src/frontmatter.js", import.meta.url).href;
  const code = `
    const { parseFrontmatter } = await import(${JSON.stringify(library)});
    try { parseFrontmatter(${JSON.stringify(frontmatter(anchors(40)))}); } catch {}
    console.log(process.memoryUsage().heapUsed);
  `;
  const used = Number(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }));
  assert.ok(used < 100_000_000, String(used));
});

test("no document reaches a prototype: JSON, JSON Lines and frontmatter, read and edited", async (t) => {
  const polluted = (): unknown => [({} as { admin?: unknown }).admin, ([] as { admin?: unknown }).admin];
  const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
  for (const name of names) {
    const json = `{"${name}": {"admin": true}, "b": {"${name}": {"prototype": {"admin": true}}}}`;
    const yaml = `${name}:\n  admin: true\nb:\n  ${name}:\n    prototype:\n      admin: true`;
    const value = parseJson(json) as Record<string, unknown>;
    assert.ok(Object.hasOwn(value, name), name);
    assert.equal(editJson(json, { ...value, c: 1 }).includes(name), true);
    const [line] = parseLines(Buffer.from(`${json}\n`), { path: "log" });
    assert.ok(line?.ok === true && Object.hasOwn(line.value as object, name), name);
    const { data } = parseFrontmatter(frontmatter(yaml));
    assert.ok(Object.hasOwn(data, name), name);
    const admin = setFrontmatter(frontmatter(yaml), `${name}.admin`, false);
    assert.ok(admin.includes("admin: false"), admin);
    setFrontmatter(frontmatter("b: 1"), `${name}.admin`, true);
    deleteFrontmatter(admin, `${name}.admin`);
    editFrontmatter(admin, JSON.parse(json) as Record<string, unknown>);
    const path = join(folder(t), "state.json");
    writeFileSync(path, json);
    await updateJson(path, (current) => ({ ...(current as object), [name]: { admin: 1 } }));
    assert.deepEqual(polluted(), [undefined, undefined], name);
  }
});

const secret = "hunter2SECRET";

/** Every way in which a document can be refused, with the secret where it hurts. */
const refused: readonly [string, () => unknown][] = [
  ["a word", () => parseJson(secret)],
  ["a member without quotes", () => parseJson(`{${secret}: 1}`)],
  ["a cut string", () => parseJson(`{"token": "${secret}`)],
  ["two values", () => parseJson(`"${secret}" "${secret}"`)],
  ["a bad escape", () => parseJson(`"${secret}\\q${secret}"`)],
  ["a raw line break", () => parseJson(`"${secret}\n${secret}"`)],
  ["a word after a value", () => parseJson(`{"a": 1${secret}}`)],
  ["a key twice", () => parseFrontmatter(frontmatter(`${secret}: 1\n${secret}: 2`))],
  ["a scalar at the wrong place", () => parseFrontmatter(frontmatter(`a: "x" ${secret}`))],
  ["a flow that does not end", () => parseFrontmatter(frontmatter(`a: [${secret}`))],
  ["an alias of nothing", () => parseFrontmatter(frontmatter(`a: *${secret}`))],
  ["a tag", () => parseFrontmatter(frontmatter(`a: !${secret} x\nb: !!${secret} y\nc: [`))],
  ["a block header", () => parseFrontmatter(frontmatter(`a: |${secret}\n  x`))],
  ["a directive", () => parseFrontmatter(frontmatter(`%${secret}\na: @${secret}`))],
  ["a percent sign", () => parseFrontmatter(frontmatter(`a: %${secret}`))],
  ["a quote that does not end", () => parseFrontmatter(frontmatter(`a: "${secret}`))],
  ["indents that do not fit", () => parseFrontmatter(frontmatter(`a:\n   ${secret}: 1\n  b: 2`))],
  ["no members", () => parseFrontmatter(frontmatter(secret))],
  ["bytes that are not UTF-8", () => parseJson(Buffer.from(`"${secret}\u00ff"`, "latin1"))],
  ["NULs", () => parseJson(Buffer.from(`"${secret}\0\0"`, "latin1"))],
];

test("no error about a document quotes what is in it", async (t) => {
  for (const [name, work] of refused) {
    const told = (error: unknown): boolean => {
      assert.equal((error as { code?: string }).code, "UNTORN_CORRUPT", name);
      // The cause, too: it is printed with the error.
      assert.ok(!inspect(error, { depth: 5 }).includes(secret), `${name}: ${inspect(error, { depth: 5 })}`);
      return true;
    };
    assert.throws(work, told, name);
  }
  const place = folder(t);
  const path = join(place, "log.jsonl");
  writeFileSync(path, `{"a":1}\n{"token":"${secret}\n{"b":2}\n`);
  const bad: unknown[] = [];
  for await (const line of readLines(path)) if (!line.ok) bad.push(line.error);
  assert.equal(bad.length, 1);
  assert.ok(!inspect(bad).includes(secret), inspect(bad));
  assert.ok(!inspect(await repairLog(path)).includes(secret));
  const state = join(place, "state.json");
  const schema = v.object({ token: v.number(), kind: v.picklist(["a"]) });
  const invalid = updateJson(state, () => ({ token: secret, kind: secret }), { validate: schema });
  await assert.rejects(invalid, (error: Error) => {
    assert.match(error.message, /token: Invalid type: Expected number; kind: .*Expected "a"\. /);
    return !error.message.includes(secret) && !JSON.stringify(error).includes(secret);
  });
  await assert.rejects(
    updateFile(state, () => 5 as never),
    (error: Error) => !error.message.includes(secret),
  );
});
