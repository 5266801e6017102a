import { test } from "node:test";
import * as fc from "fast-check";
import type { Piece } from "./program.ts";
import { piece, run, sequence, wrapped } from "./program.ts";

/** How a file gets at the file system, and how it then calls a function of it. */
interface Imports {
  readonly lines: readonly string[];
  readonly sync: (member: string) => string;
  readonly later: (member: string) => string;
}

const members =
  "writeFileSync, copyFileSync, createWriteStream, openSync, renameSync, unlinkSync, appendFileSync, closeSync";
const imports: readonly Imports[] = [
  { lines: ['import fs from "node:fs";'], sync: (m) => `fs.${m}`, later: (m) => `fs.promises.${m}` },
  { lines: ["import * as disk from 'fs';"], sync: (m) => `disk.${m}`, later: (m) => `disk.promises.${m}` },
  {
    lines: [`import { ${members}, promises as later } from "fs";`],
    sync: (m) => m,
    later: (m) => `later.${m}`,
  },
  {
    lines: ['const fs = require("fs");', "const fsp = fs.promises;"],
    sync: (m) => `fs.${m}`,
    later: (m) => `fsp.${m}`,
  },
  {
    lines: [
      `const { ${members.replaceAll(/(\w+)/g, "$1: my_$1")} } = require("node:fs");`,
      'const { writeFile: w, rename: r, copyFile: c } = require("fs/promises");',
    ],
    sync: (m) => `my_${m}`,
    later: (m) => m.charAt(0),
  },
  { lines: ['import fse from "fs-extra";'], sync: (m) => `fse.${m}`, later: (m) => `fse.${m}` },
  {
    lines: ['import { writeFile, rename, copyFile } from "node:fs/promises";', 'import g from "graceful-fs";'],
    sync: (m) => `g.${m}`,
    later: (m) => m,
  },
];

/** A path expression and the lines that lead to it. */
interface Path {
  readonly before: readonly string[];
  readonly expression: string;
}

const folder = fc.constantFrom("root", "process.cwd()", "this.dir", '"data"', "options.folder");
// A path of its own for each piece: one that another piece removes or renames is not torn for good.
const name = (id: number): fc.Arbitrary<string> =>
  fc.constantFrom("state.json", "report.md", "a b.txt", "run.sh").map((one) => `${id}-${one}`);

/** An expression within a folder, followed through some names. */
function path(base: fc.Arbitrary<string>, id: number): fc.Arbitrary<Path> {
  return fc
    .tuple(base, name(id), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
    .map(([dir, file, shape, steps]) => {
      const whole = [
        `path.join(${dir}, "${file}")`,
        `\`\${${dir}}/${file}\``,
        `${dir} + "/${file}"`,
        `path.resolve(${dir}, "sub", \`${file}\`)`,
      ][shape]!;
      const before: string[] = [];
      let expression = whole;
      for (let step = 0; step < steps; step += 1) {
        before.push(`const p${id}_${step} = ${expression};`);
        expression = `p${id}_${step}`;
      }
      return { before, expression };
    });
}

const temporary = fc.constantFrom(
  "os.tmpdir()",
  '"/tmp"',
  "fs2.mkdtempSync(path.join(os.tmpdir(), 'x-'))",
  "process.env.TMPDIR",
);
const data = fc.constantFrom("data", "JSON.stringify(state, null, 2)", '"text"', "`${a}\\n`", "Buffer.from([1])");
const options = fc.constantFrom("", ', "utf8"', ", { mode: 0o600 }", ', { encoding: "utf8", flag: "w" }');

function statement(id: number, { sync, later }: Imports): fc.Arbitrary<Piece> {
  const persistent = path(folder, id);
  const torn = fc.tuple(persistent, data, options, fc.integer({ min: 0, max: 6 })).map(([to, content, extra, kind]) => {
    const calls = [
      [`${sync("writeFileSync")}(${to.expression}, ${content}${extra});`],
      [`await ${later("writeFile")}(${to.expression}, ${content}${extra});`],
      [`${sync("writeFileSync")}(`, `  ${to.expression},`, `  ${content},`, ");"],
      [`${sync("copyFileSync")}("from.json", ${to.expression});`],
      [`const s${id} = ${sync("createWriteStream")}(${to.expression});`],
      [`const fd${id} = ${sync("openSync")}(${to.expression}, "w", 0o644);`],
      [`await Bun.write(${to.expression}, ${content});`],
    ];
    return sequence([piece(to.before), piece(calls[kind]!, 0)]);
  });
  const notTorn = fc
    .tuple(persistent, path(temporary, id), data, fc.integer({ min: 0, max: 10 }))
    .map(([to, tmp, content, kind]) => {
      const write = sync("writeFileSync");
      const calls = [
        [...to.before, `${write}(${to.expression}, ${content}, { flag: "a" });`],
        [...to.before, `${write}(${to.expression}, ${content}, { flag: "wx" });`],
        [...to.before, `${write}(${to.expression}, "");`],
        [...to.before, `${sync("appendFileSync")}(${to.expression}, ${content});`],
        [
          ...to.before,
          `const t${id} = ${to.expression} + ".tmp";`,
          `${write}(t${id}, ${content});`,
          `${sync("renameSync")}(t${id}, ${to.expression});`,
        ],
        [...tmp.before, `${write}(${tmp.expression}, ${content});`],
        [...tmp.before, `await ${later("writeFile")}(${tmp.expression}, ${content});`],
        [`// ${write}("state.json", data);`, `const text${id} = 'fs.writeFileSync("state.json", data)';`],
        [`cache.writeFile("key", ${content});`, `service.writeFileSync("a.json", ${content});`],
        [`${sync("createWriteStream")}("log.txt", { flags: "a" });`, `${write}(1, ${content});`],
        [...to.before, `${write}(${to.expression}, ${content});`, `${sync("unlinkSync")}(${to.expression});`],
      ];
      return piece(calls[kind]!);
    });
  return fc.oneof(torn, notTorn);
}

const wrappers: readonly ((inner: Piece, id: number) => Piece)[] = [
  (inner) => wrapped(["{"], inner, ["}"], "  "),
  (inner, id) => wrapped([`async function f${id}(root, options, data, state) {`], inner, ["}"], "  "),
  (inner, id) => wrapped([`const g${id} = async (data) => {`], inner, ["};"], "\t"),
  (inner, id) => wrapped([`class C${id} {`, "  async save(root, state) {"], inner, ["  }", "}"], "    "),
  (inner) => wrapped(["for (const item of items) {", "  if (item.ok) {"], inner, ["  }", "}"], "    "),
  (inner) => wrapped(["try {"], inner, ["} catch (error) {", "  console.error(error);", "}"], "  "),
];

const program = fc
  .tuple(
    fc.constantFrom(...imports),
    fc.array(fc.tuple(fc.nat(2 ** 20), fc.integer({ min: 0, max: wrappers.length - 1 })), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .chain(([style, parts]) =>
    fc
      .tuple(...parts.map((_, id) => statement(id, style)))
      .map((pieces) =>
        sequence([
          piece(['import os from "node:os";', 'import path from "node:path";', ...style.lines]),
          ...pieces.map((one, id) => wrappers[parts[id]?.[1] ?? 0]!(one, id)),
        ]),
      ),
  );

test("a thousand generated TypeScript programs with known answers", { timeout: 120_000 }, () =>
  run("typescript", program),
);
