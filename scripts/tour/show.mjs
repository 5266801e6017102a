// What the tour prints: a progress bar on a terminal, plain lines elsewhere, and the closing table.

const width = 30;

/**
 * @param {string} title
 * @param {NodeJS.WriteStream} out
 * @returns {{ at: (done: number) => void, end: (line: string) => void }}
 */
export function progressOf(title, out) {
  let shown = -1;
  return {
    at(done) {
      const percent = Math.floor(done * 100);
      if (!out.isTTY || percent <= shown) return;
      shown = percent;
      const full = Math.round(done * width);
      out.write(`\r${title.padEnd(34)} [${"#".repeat(full)}${"-".repeat(width - full)}] ${percent}%`);
    },
    end(line) {
      out.write(`${out.isTTY ? "\r\u001b[2K" : ""}${title.padEnd(34)} ${line}\n`);
    },
  };
}

const columns = ["whole", "torn", "empty", "lost"];

/**
 * @param {import("./score.mjs").Part[]} parts
 * @param {{ temps: number, recognised: number }} temps
 */
export function table(parts, temps) {
  const cells = (score) => columns.map((column) => String(score[column]).padStart(7)).join("");
  const heads = columns.map((column) => column.padStart(7)).join("");
  const wide = columns.length * 7;
  const lines = [
    `${"".padEnd(32)}${"fs.writeFile".padStart(wide)}   ${"untorn".padStart(wide)}`,
    `${"".padEnd(32)}${heads}   ${heads}`,
    ...parts.map(({ title, plain, untorn }) => `${title.padEnd(32)}${cells(plain)}   ${cells(untorn)}`),
  ];
  return `${lines.join("\n")}

torn: cut short or mixed. lost: gone, or older than a save that was reported as done.
Temps left by untorn: ${temps.temps}. Recognised by name, as temps of a writer that is dead: ${temps.recognised}.`;
}
