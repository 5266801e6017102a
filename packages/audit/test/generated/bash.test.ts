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
  fc.constantFrom("state.json", "report.md", "run.sh").map((one) => `${id}-${one}`);
const folder = fc.constantFrom("$ROOT", "${HOME}/.tool", "$(pwd)", "data", "${DIR:-out}");
const temporary = fc.constantFrom("/tmp", "${TMPDIR:-/tmp}", "$(mktemp -d)", "$TMPDIR");

function path(base: fc.Arbitrary<string>, id: number): fc.Arbitrary<Path> {
  return fc.tuple(base, name(id), fc.integer({ min: 0, max: 3 })).map(([dir, file, steps]) => {
    const before: string[] = [];
    let expression = `"${dir}/${file}"`;
    for (let step = 0; step < steps; step += 1) {
      before.push(`p${id}_${step}=${expression}`);
      expression = step % 2 === 0 ? `"$p${id}_${step}"` : `"\${p${id}_${step}}"`;
    }
    return { before, expression };
  });
}

function statement(id: number): fc.Arbitrary<Piece> {
  const persistent = path(folder, id);
  const torn = fc.tuple(persistent, fc.integer({ min: 0, max: 12 })).map(([to, kind]) => {
    const p = to.expression;
    const shapes: readonly Piece[] = [
      piece(`echo "$data" > ${p}`, 0),
      piece(`printf '%s\\n' "$data" >| ${p}`, 0),
      piece([`cat > ${p} << EOF`, "text > with $a redirect", "EOF"], 0),
      piece(["{", "  echo one", "  echo two", `} > ${p}`], 3),
      piece(["for x in a b; do", '  echo "$x"', `done > ${p}`], 2),
      piece([`if ! jq . in.json > ${p}; then`, "  exit 1", "fi"], 0),
      piece(`cp from.json ${p}`, 0),
      piece(`echo "$data" | tee ${p} > /dev/null`, 0),
      piece(`sort in.txt | uniq > ${p} 2> /dev/null`, 0),
      piece(["jq --arg a b \\", "  '.a = $a' \\", `  in.json > ${p}`], 2),
      piece(`make &> ${p}`, 0),
      piece(`curl -fsSL "https://example.org" -o ${p}`, 0),
      piece(`( umask 077; echo secret > ${p} )`, 0),
    ];
    return sequence([piece(to.before), shapes[kind]!]);
  });
  const notTorn = fc.tuple(persistent, path(temporary, id), fc.integer({ min: 0, max: 13 })).map(([to, tmp, kind]) => {
    const p = to.expression;
    const shapes: readonly (readonly string[])[] = [
      [...to.before, `echo more >> ${p}`],
      [...to.before, `: > ${p}`],
      [...to.before, `> ${p}`],
      [...to.before, `echo a | tee -a ${p} > /dev/null`],
      [...to.before, `t${id}=$(mktemp ${p}.XXXXXX)`, `jq . in.json > "$t${id}" && mv "$t${id}" ${p}`],
      [...to.before, `echo a > ${p}.new && mv ${p}.new ${p}`],
      [...tmp.before, `echo a > ${tmp.expression}`],
      [...tmp.before, `cp a.txt ${tmp.expression}`],
      [`# echo a > state.json`, `text${id}="echo a > state.json"`],
      [...to.before, `mv a.txt ${p}`, `sed -i 's/a/b/' ${p}`, `touch ${p}`],
      ["cmd > /dev/null 2>&1", "cmd 2> errors.txt", "cmd >&2"],
      [...to.before, `cp -r folder ${p}`, `cp -n a.txt ${p}`],
      ["cat << 'EOF'", "echo a > state.json", "EOF"],
      ['[[ "$a" > "$b" ]] && (( a > b ))', "echo done"],
    ];
    return piece(shapes[kind]!);
  });
  return fc.oneof(torn, notTorn);
}

const wrappers: readonly ((inner: Piece, id: number) => Piece)[] = [
  (inner) => inner,
  (inner, id) => wrapped([`f${id}() {`], inner, ["}"], ""),
  (inner, id) => wrapped([`function g${id} {`, "local a=1"], inner, ["}"], ""),
  (inner) => wrapped(["while read -r line; do", 'if [ -n "$line" ]; then'], inner, ["fi", "done < in.txt"], ""),
  (inner) => wrapped(["case $1 in", "a)"], inner, [";;", "esac"], ""),
];

const program = fc
  .array(fc.integer({ min: 0, max: wrappers.length - 1 }), { minLength: 1, maxLength: 5 })
  .chain((shapes) =>
    fc
      .tuple(...shapes.map((_, id) => statement(id)))
      .map((pieces) =>
        sequence([piece("#!/usr/bin/env bash"), ...pieces.map((one, id) => wrappers[shapes[id] ?? 0]!(one, id))]),
      ),
  );

test("a thousand generated Bash programs with known answers", { timeout: 120_000 }, () => run("bash", program));
