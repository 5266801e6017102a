// Precision, recall and tiers of `non-atomic-write` against labelled code bases that whoever runs this brings:
//   node packages/audit/bench/score.mjs LABELS SOURCES [--misses]
// LABELS holds NAME.csv files (columns file,line,callee,label,tier,score,...; `#` lines are comments), SOURCES the code
// bases by the same names. A reported line with a row labelled `finding` is a hit; any other row, or none, is a false
// positive; rows with score 0 count neither way. Exits 1 below the bars.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { audit } from "../dist/src/index.js";

const bars = { precision: 0.97, recall: 0.97, tiers: 0.85, criticalRecall: 0.9, safeFixes: 0.85 };
/** Where the labels cover only a part of a code base: its root, and the files that were looked at. */
const scopes = {
  autonomy: { files: /\.py$/ },
  "backlog-md": { files: /^(src|scripts)\/.*\.tsx?$/ },
  "git-secret": { root: "src", files: /\.sh$/ },
  ralph: { files: /^((lib|tools)\/)?[^/]*\.sh$/ },
  "task-master": { files: /\.([cm]?[jt]s|[jt]sx)$/ },
};
const tierNames = ["critical", "high", "medium"];

const [labels, sources, ...flags] = process.argv.slice(2);
if (labels === undefined || sources === undefined) {
  console.error("usage: node packages/audit/bench/score.mjs LABELS SOURCES [--misses]");
  process.exit(2);
}
const verbose = flags.includes("--misses");
const perLanguage = new Map();
const all = count();
for (const file of readdirSync(labels)
  .filter((name) => name.endsWith(".csv"))
  .sort()) {
  const name = basename(file, ".csv");
  const scope = scopes[name] ?? {};
  const root = join(sources, name, scope.root ?? "");
  if (!existsSync(root)) {
    console.log(`${name}: not brought, skipped`);
    continue;
  }
  const own = count();
  const started = performance.now();
  await score(name, root, readLabels(join(labels, file)), scope.files, own);
  print(name, own, performance.now() - started);
}
console.log();
for (const [language, counted] of [...perLanguage].sort(([a], [b]) => (a < b ? -1 : 1))) print(language, counted);
print("all", all);
console.log("\ntier: label down, reported across");
console.log(`${"".padEnd(10)}${tierNames.map((tier) => tier.padStart(10)).join("")}`);
for (const wanted of tierNames) {
  console.log(wanted.padEnd(10) + tierNames.map((got) => String(all.table[wanted][got]).padStart(10)).join(""));
}
const places = [...perLanguage.values()].every((one) => precision(one) >= bars.precision && recall(one) >= bars.recall);
const ranks = tierShare(all) >= bars.tiers && criticalRecall(all) >= bars.criticalRecall;
process.exit(places && ranks && safeShare(all) >= bars.safeFixes ? 0 : 1);

async function score(name, root, rows, scope, own) {
  const byPlace = new Map();
  for (const row of rows) byPlace.set(row.place, [...(byPlace.get(row.place) ?? []), row]);
  const inScope = scope ?? new RegExp(`(${[...new Set(rows.map((row) => extension(row.file)))].join("|")})$`);
  const { findings } = await audit(root, { rules: ["non-atomic-write"] });
  const seen = new Set();
  for (const finding of findings) {
    if (!inScope.test(finding.file)) continue;
    const place = `${finding.file}:${finding.line}`;
    const labelled = byPlace.get(place) ?? [];
    const hit = labelled.find((row) => row.label === "finding" && row.score !== "0");
    const counted = [own, all, languageOf(finding.file)];
    if (hit === undefined) {
      if (labelled.some((row) => row.score === "0")) continue;
      for (const one of counted) one.falsePositives += 1;
      if (verbose) console.log(`  false positive ${name}/${place} ${finding.snippet}`);
    } else if (!seen.has(place)) {
      seen.add(place);
      for (const one of counted) {
        one.hits += 1;
        if (finding.fix?.safe === true) one.safe += 1;
        one.table[hit.tier][finding.tier] += 1;
      }
      if (verbose && hit.tier !== finding.tier)
        console.log(`  ${name}/${place} is ${hit.tier}, reported as ${finding.tier}`);
    }
  }
  for (const row of rows) {
    if (row.label !== "finding" || row.score === "0" || seen.has(row.place)) continue;
    for (const one of [own, all, languageOf(row.file)]) one.misses += 1;
    if (verbose) console.log(`  missed ${name}/${row.place} ${row.callee}`);
  }
}

function readLabels(path) {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.slice(1).map((line) => {
    const [file, number, callee, label, tier, value] = line.split(",");
    return { file, place: `${file}:${number}`, callee, label, tier, score: value };
  });
}

function languageOf(file) {
  const ending = extension(file);
  const language = ending.endsWith("py") ? "python" : ending.endsWith("sh") ? "bash" : "typescript/javascript";
  if (!perLanguage.has(language)) perLanguage.set(language, count());
  return perLanguage.get(language);
}

function extension(file) {
  return file.slice(file.lastIndexOf("."));
}

function count() {
  const row = () => Object.fromEntries(tierNames.map((tier) => [tier, 0]));
  return {
    hits: 0,
    safe: 0,
    falsePositives: 0,
    misses: 0,
    table: Object.fromEntries(tierNames.map((tier) => [tier, row()])),
  };
}

function precision({ hits, falsePositives }) {
  return hits + falsePositives === 0 ? 1 : hits / (hits + falsePositives);
}

function recall({ hits, misses }) {
  return hits + misses === 0 ? 1 : hits / (hits + misses);
}

function tierShare({ hits, table }) {
  return hits === 0 ? 1 : tierNames.reduce((sum, tier) => sum + table[tier][tier], 0) / hits;
}

/** Of the true findings that were reported. */
function safeShare({ hits, safe }) {
  return hits === 0 ? 1 : safe / hits;
}

function criticalRecall({ table }) {
  const wanted = tierNames.reduce((sum, tier) => sum + table.critical[tier], 0);
  return wanted === 0 ? 1 : table.critical.critical / wanted;
}

function print(name, one, milliseconds) {
  const figures = [
    `hits ${one.hits}`,
    `false ${one.falsePositives}`,
    `missed ${one.misses}`,
    `precision ${precision(one).toFixed(3)}`,
    `recall ${recall(one).toFixed(3)}`,
    `tiers ${tierShare(one).toFixed(3)}`,
    `critical ${criticalRecall(one).toFixed(3)}`,
    `safe fix ${safeShare(one).toFixed(3)}`,
  ];
  console.log(
    `${name.padEnd(22)} ${figures.join("  ")}${milliseconds === undefined ? "" : `  ${milliseconds.toFixed(0)} ms`}`,
  );
}
