import { test } from "node:test";
import * as fc from "fast-check";
import type { Piece } from "./program.ts";
import { piece, run, sequence, wrapped } from "./program.ts";

interface Path {
  readonly before: readonly string[];
  readonly expression: string;
}

// A path of its own for each piece: one that another piece removes or renames is not torn for good.
const name = (id: number): fc.Arbitrary<string> =>
  fc.constantFrom("state.json", "report.md", "a b.txt", "run.sh").map((one) => `${id}-${one}`);
const folder = fc.constantFrom("root", "Path.cwd()", "Path(__file__).parent", "self.folder", 'Path("data")');
const temporary = fc.constantFrom(
  "Path(tempfile.gettempdir())",
  'Path("/tmp")',
  "Path(tempfile.mkdtemp())",
  "tmp_path",
);

function path(base: fc.Arbitrary<string>, id: number): fc.Arbitrary<Path> {
  return fc
    .tuple(base, name(id), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
    .map(([dir, file, shape, steps]) => {
      const whole = [
        `(${dir} / "${file}")`,
        `Path(f"{${dir}}/${file}")`,
        `Path(os.path.join(${dir}, "${file}"))`,
        `Path(str(${dir}) + "/${file}")`,
      ];
      const before: string[] = [];
      let expression = whole[shape]!;
      for (let step = 0; step < steps; step += 1) {
        before.push(`p${id}_${step} = ${expression}`);
        expression = `p${id}_${step}`;
      }
      return { before, expression };
    });
}

const data = fc.constantFrom("data", "json.dumps(state)", '"text"', 'f"{a}\\n"');

function statement(id: number): fc.Arbitrary<Piece> {
  const persistent = path(folder, id);
  const torn = fc.tuple(persistent, data, fc.integer({ min: 0, max: 7 })).map(([to, content, kind]) => {
    const p = to.expression;
    const calls = [
      [`${p}.write_text(${content})`],
      [`${p}.write_text(`, `    ${content},`, '    encoding="utf-8",', ")"],
      [`with open(${p}, "w") as f:`, `    f.write(${content})`],
      [`with open(${p}, mode="wt", encoding="utf-8") as f:`, "    json.dump(state, f)"],
      [`with ${p}.open("w") as f:`, `    print(${content}, file=f)`],
      [`shutil.copy("from.json", ${p})`],
      [`f${id} = open(${p}, "w")`, `f${id}.write(${content})`, `f${id}.close()`],
      [`with io.open(${p}, "w+") as f, open("other") as g:`, "    f.write(g.read())"],
    ];
    return sequence([piece(to.before), piece(calls[kind]!, 0)]);
  });
  const notTorn = fc
    .tuple(persistent, path(temporary, id), data, fc.integer({ min: 0, max: 11 }))
    .map(([to, tmp, content, kind]) => {
      const p = to.expression;
      const calls = [
        [...to.before, `with open(${p}, "a") as f:`, `    f.write(${content})`],
        [...to.before, `with open(${p}, "x") as f:`, `    f.write(${content})`],
        [...to.before, `${p}.write_text("")`],
        [...to.before, `with open(${p}, "w"):`, "    pass"],
        [
          ...to.before,
          `t${id} = ${p}.with_suffix(".tmp")`,
          `t${id}.write_text(${content})`,
          `os.replace(t${id}, ${p})`,
        ],
        [...tmp.before, `${tmp.expression}.write_text(${content})`],
        [...tmp.before, `with open(${tmp.expression}, "w") as f:`, `    f.write(${content})`],
        [`# open("state.json", "w").write(data)`, `text${id} = 'open("state.json", "w").write(data)'`],
        [`io_service.write_text("a.json", ${content})`, 'Image.open("a.png")', "open(some)"],
        ["with tempfile.TemporaryDirectory() as work:", `    (Path(work) / "deep" / "a.txt").write_text(${content})`],
        ["with tempfile.NamedTemporaryFile('w') as f:", `    f.write(${content})`],
        [...to.before, `with open(${p}) as f:`, "    f.read()"],
      ];
      return piece(calls[kind]!);
    });
  return fc.oneof(torn, notTorn);
}

const wrappers: readonly ((inner: Piece, id: number) => Piece)[] = [
  (inner) => inner,
  (inner, id) => wrapped([`def f${id}(root, data, state, tmp_path):`], inner, [""], "    "),
  (inner, id) => wrapped([`class C${id}:`, "    def save(self, root, state, tmp_path):"], inner, [""], "        "),
  (inner) => wrapped(["for item in items:", "    if item.ok:"], inner, [], "        "),
  (inner) => wrapped(["try:"], inner, ["except OSError as error:", "    print(error)"], "    "),
];

const header = ["import io, json, os, shutil, tempfile", "from pathlib import Path", "from PIL import Image"];
const program = fc
  .array(fc.integer({ min: 0, max: wrappers.length - 1 }), { minLength: 1, maxLength: 5 })
  .chain((shapes) =>
    fc
      .tuple(...shapes.map((_, id) => statement(id)))
      .map((pieces) => sequence([piece(header), ...pieces.map((one, id) => wrappers[shapes[id] ?? 0]!(one, id))])),
  );

test("a thousand generated Python programs with known answers", { timeout: 120_000 }, () => run("python", program));
