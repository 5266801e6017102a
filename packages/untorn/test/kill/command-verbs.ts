const dispatcher = new URL("../../../../cli/dist/src/commands.js", import.meta.url).href;

/** The words that call the commands, as their usage shows them: `write`, `item add`, `md section --replace`. */
export async function commandVerbs(): Promise<string[]> {
  const { commands } = (await import(dispatcher)) as { commands: Record<string, () => Promise<{ usage: string }>> };
  const usages = await Promise.all(Object.values(commands).map(async (load) => (await load()).usage));
  const lines = usages.flatMap((usage) =>
    [...usage.matchAll(/^(?:usage:| {6}) untorn (.*?)(?: {2}.*)?$/gm)].map(([, text]) => text ?? ""),
  );
  return [...new Set(lines.map(verbOf))];
}

function verbOf(usage: string): string {
  const words = usage
    .replaceAll(/\[[^\]]*\]+/g, "")
    .split(/\s+/)
    .filter(Boolean);
  const from = [words[0] ?? ""];
  const rest = words.slice(1);
  while (/^[A-Z]/.test(rest[0] ?? "")) rest.shift();
  for (const word of rest) {
    if (!/^[a-z-]+$/.test(word) || word === "--title") break;
    from.push(word);
  }
  return from.join(" ");
}
