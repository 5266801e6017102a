// npm run picture: runs npm start and npm test, and draws what they print to docs/picture.svg for the README.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { root, setup } from "./setup.mjs";

/** The last lines of the tests say how long they took and how many there were. */
const testLines = 2;
const fontSize = 14;
const lineHeight = 20;
const characterWidth = 8.43;
const margin = 20;

setup();
const start = outputOf("scripts/start.mjs");
const test = outputOf("scripts/test.mjs").split("\n").slice(-testLines);
const lines = ["$ npm start", ...start.split("\n").flatMap(wrapped), "", "$ npm test", "...", ...test];
writeFileSync(`${root}docs/picture.svg`, picture(lines));

function outputOf(script) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [root + script], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${script} failed:\n${stdout}${stderr}`);
  return stdout.trim();
}

/** A line of prose in pieces that fit; the lines of the table do. */
function wrapped(line) {
  return line.length <= 100 ? [line] : [...line.matchAll(/.{1,100}(?:\s|$)/g)].map(([piece]) => piece.trimEnd());
}

function picture(lines) {
  const width = Math.round(Math.max(...lines.map((line) => line.length)) * characterWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const texts = lines.map((line, index) => {
    const y = margin + (index + 1) * lineHeight - 5;
    return `<text x="${margin}" y="${y}">${coloured(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" xml:space="preserve" role="img">
<title>npm start and npm test in a terminal</title>
<style>
rect { fill: #16181d }
text { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: ${fontSize}px; fill: #d4d7dd }
.good { fill: #7fd992 } .bad { fill: #ff7b72 } .command { fill: #ffffff; font-weight: bold } .zero { fill: #6b717c }
</style>
<rect width="100%" height="100%" rx="8"/>
${texts.join("\n")}
</svg>
`;
}

/** Commands stand out; of the counts, the good ones are green, the bad ones red, and zeros step back. */
function coloured(line) {
  if (line.startsWith("$ ")) return paint("command", line);
  if (/^untorn: every file whole|^\d+ passed, 0 failed/.test(line)) return paint("good", line);
  const counts = /^(?<title>(?:killed|saved) .*?)(?<cells>(?:\s+\d+){8})$/.exec(line)?.groups;
  if (counts === undefined) return escaped(line);
  let column = -1;
  const cells = counts.cells.replace(/(\s+)(\d+)/g, (_, space, number) => {
    column += 1;
    return escaped(space) + paint(number === "0" ? "zero" : column % 4 === 0 ? "good" : "bad", number);
  });
  return escaped(counts.title) + cells;
}

function paint(name, text) {
  return `<tspan class="${name}">${escaped(text)}</tspan>`;
}

/** Spaces that do not break are kept by every renderer. */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(" ", "\u00a0");
}
