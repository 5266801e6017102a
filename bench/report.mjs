// Tables, and what became of the targets; both as Markdown, so that the terminal and README.md show the same.

export function table(columns, rows) {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => String(row[index]).length)),
  );
  const line = (cells) =>
    `| ${cells.map((cell, index) => (index === 0 ? String(cell).padEnd(widths[index]) : String(cell).padStart(widths[index]))).join(" | ")} |`;
  const rule = `| ${widths.map((width, index) => (index === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(columns), rule, ...rows.map(line)].join("\n");
}

export function section({ title, columns, rows }) {
  return `### ${title}\n\n${table(columns, rows)}\n`;
}

export function targetTable(targets) {
  return table(
    ["target", "wanted", "measured", "met"],
    targets.map(({ name, target, measured, unit, met }) => [
      name,
      target,
      measured === undefined ? "not measured" : `${measured.toFixed(2)} ${unit}`,
      measured === undefined ? "?" : met ? "yes" : "no",
    ]),
  );
}
