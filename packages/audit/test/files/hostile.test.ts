import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { planFixes } from "../../src/fix/index.ts";
import { project } from "../project.ts";

const size = 300_000;
const many = (part: string): string => part.repeat(Math.ceil(size / part.length));

/** Texts that a pattern which goes back over what it has read would take minutes for. */
const cases: readonly (readonly [string, string, string])[] = [
  ["dd without of", "a.sh", `# ${many("dd ")}\n`],
  ["sort without -o", "a.sh", `# ${many("sort ")}\n# sort -${many("a")}\n`],
  ["empty lines", "a.sh", `echo a > b.json\n${many("\n")}x\n`],
  ["brackets", "a.sh", `jq . a > a.tmp\n: ${many("[ ")}\nmv a.tmp a\n`],
  ["sed without a script", "a.sh", `# ${many("sed ")}\nsed a > b\n`],
  ["tests at the end of lines", "a.sh", `echo a > b.json\n${many("[ a ]  # ")}\n${many("[ a ]\n\n")}`],
  ["patterns and keys that point", "a.sh", `echo a > b.json\n: "[[ a == ${many("@(<")}"\n: "${many("([a>")}"\n`],
  ["empty lines", "pkg/a.py", `with open("a.json", "w") as f:\n    f.write(d)\n${many("\n")}x = 1\n`],
  [
    "blanks after except",
    "a.py",
    `try:\n    x = json.load(open("a"))\nexcept ${many(" ")}A:\n    x = {}\nopen("a", "w").write(x)\n`,
  ],
  ["blanks after await", "a.py", `f = await ${many(" ")}x\nopen(f, "w").write(x)\n`],
  ["angles in a path", "a.ts", `import fs from "fs";\nfs.writeFileSync("${many("<")}", x);\n`],
  ["a long path without a folder", "a.ts", `import fs from "fs";\nfs.writeFileSync("${many("a")}.json", x);\n`],
  [
    "exports without an end",
    "a.ts",
    `import fs from "fs";\nfunction f(p) { fs.writeFileSync(p, "x"); }\nf("a.json");\n// ${many("export {")}\n`,
  ],
  [
    "a pipeline's name again and again",
    "a.ts",
    `import fs from "fs";\nawait pipeline(a, fs.createWriteStream("b"));\n// ${many("import{pipeline ")}\n`,
  ],
];

for (const [title, name, text] of cases) {
  test(`${name} takes no time: ${title}`, { timeout: 60_000 }, async (context) => {
    const root = project(context, { [name]: text, "pkg/__init__.py": "" });
    const started = process.cpuUsage();
    await planFixes(root);
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 4_000_000, `${user + system} microseconds`);
  });
}

/** What the plan of a generated text costs, in microseconds: the better of two. */
async function cost(context: TestContext, name: string, text: string): Promise<number> {
  const root = project(context, { [name]: text });
  const all: number[] = [];
  for (let run = 0; run < 2; run++) {
    const started = process.cpuUsage();
    await planFixes(root);
    const { user, system } = process.cpuUsage(started);
    all.push(user + system);
  }
  return Math.min(...all);
}

const step = (index: number): string =>
  `f${index}() {\n  echo "a $1" > "$DIR/x${index}.json"\n  jq .a in | sort | uniq > "$1.txt" || return 1\n}\n`;
const held = (index: number): string => `exec 9> "$DIR/x${index}.lock"\njq . in > "$DIR/x${index}.json"\n`;

const saver = (index: number): string =>
  `def load${index}(p):\n    with open(p) as f:\n        return json.load(f)\n` +
  `def save${index}(p, d):\n    with open(p, "w") as f:\n        json.dump(d, f)\n` +
  `def add${index}(p, x):\n    d = load${index}(p)\n    d.append(x)\n    save${index}(p, d)\n`;

/** Texts that programs write: four times as long, they may take eight times as long, and not sixteen. */
const generated: readonly (readonly [string, string, string, (index: number) => string])[] = [
  ["functions of a script", "a.sh", "#!/bin/bash\n", step],
  ["files that a script holds", "a.sh", "#!/bin/bash\n", held],
  ["functions of a module", "a.py", "import json\n", saver],
];

for (const [title, name, head, part] of generated) {
  test(`the time grows with the length: ${title}`, { timeout: 60_000 }, async (context) => {
    const text = (count: number): string => head + Array.from({ length: count }, (_, index) => part(index)).join("");
    await cost(context, name, text(100));
    const [short, long] = [await cost(context, name, text(200)), await cost(context, name, text(800))];
    assert.ok(long < 8 * short, `${long} and ${short} microseconds`);
  });
}
