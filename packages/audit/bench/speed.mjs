// CPU seconds and peak memory of `untorn audit` beside `@ast-grep/cli` with an equivalent pattern, in alternating rounds:
//   node packages/audit/bench/speed.mjs AST_GREP SOURCES [ROUNDS]
// AST_GREP is the program of @ast-grep/cli, SOURCES a folder of code bases; both are brought by whoever runs this.
// What is compared, and what it comes to: README.md beside this file.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [astGrep, sources, rounds = "5"] = process.argv.slice(2);
if (astGrep === undefined || sources === undefined) {
  console.error("usage: node packages/audit/bench/speed.mjs AST_GREP SOURCES [ROUNDS]");
  process.exit(2);
}
const untorn = fileURLToPath(new URL("../../cli/bin/untorn.js", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "untorn-speed-"));
const names = [
  "writeFile|createWriteStream|appendFile|copyFile|cp|open|outputFile|outputJson|outputJSON|writeJson|writeJSON|copy|write",
  "writer|writeTextFile|create|rename|link|move|unlink|rm|remove|readFile|readJson|exists|access|stat|replace|replaceAll",
].join("|");
const call = (language) => `id: ${language.toLowerCase()}-write
language: ${language}
rule:
  kind: call_expression
  has: { field: function, regex: "(^|\\\\.)(${names})(Sync)?$" }
`;
const rules = [
  ...["TypeScript", "Tsx", "JavaScript"].map(call),
  `id: python-write
language: Python
rule:
  kind: call
  has: { field: function, regex: "(^|\\\\.)(open|write_text|write_bytes|read_text|read_bytes|copy|copy2|copyfile|ZipFile|FileHandler|urlretrieve|rename|renames|replace|move|link|unlink|remove|exists|is_file|loads?|subn?)$" }
`,
  `id: bash-write
language: Bash
rule:
  any:
    - kind: file_redirect
    - { kind: command, has: { kind: command_name, regex: "^(cp|tee|install|dd|sort|curl|wget|mv|ln|rm|unlink|trap|touch|jq|yq|cat|sed|test)$" } }
    - kind: test_command
`,
];
writeFileSync(join(work, "rules.yml"), rules.join("---\n"));

try {
  console.log(
    "code base               untorn s   ast-grep s   ratio   untorn MiB   (medians of CPU seconds, user and system)",
  );
  for (const name of readdirSync(sources).sort()) {
    const root = join(sources, name);
    const own = [];
    const theirs = [];
    const memory = [];
    for (let round = 0; round < Number(rounds); round += 1) {
      const mine = measure([process.execPath, untorn, "audit", root, "--format", "json"]);
      own.push(mine.cpu);
      memory.push(mine.memory);
      theirs.push(measure([astGrep, "scan", "--rule", join(work, "rules.yml"), "--json=compact", root]).cpu);
    }
    const [a, b] = [median(own), median(theirs)];
    console.log(
      `${name.padEnd(22)} ${a.toFixed(3).padStart(9)} ${b.toFixed(3).padStart(12)} ${(a / b).toFixed(2).padStart(7)} ${median(memory).toFixed(0).padStart(12)}`,
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs a program and asks the kernel what it used; a program that answers nothing at all is a mistake. */
function measure(command) {
  // A Python that a shell script starts has that script's time on its account already: what was there before is taken off.
  const script = `import json, resource, subprocess, sys
before = resource.getrusage(resource.RUSAGE_CHILDREN)
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps([cpu, used.ru_maxrss / 1024, len(done.stdout), done.returncode]))`;
  const { stdout, status } = spawnSync("python3", ["-c", script, ...command], { encoding: "utf8" });
  const [cpu, memory, bytes, code] = status === 0 ? JSON.parse(stdout) : [0, 0, 0, -1];
  if (bytes === 0 || code > 1) throw new Error(`${command.join(" ")} ended with ${code} and ${bytes} bytes`);
  return { cpu, memory };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
