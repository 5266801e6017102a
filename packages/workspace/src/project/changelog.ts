import { escapeMarkdown } from "../ground/index.ts";

export const changelogFile = "CHANGELOG.md";

/**
 * The changelog with a line for a completed item, under the heading of its day; the newest day comes first. Everything
 * that is there keeps its bytes.
 */
export async function withCompletion(
  text: string | undefined,
  done: { readonly code: string; readonly title: string; readonly epic: string | null; readonly day: string },
): Promise<string> {
  // The Markdown parser is only needed here.
  const { appendSection, getSection, listSections, replaceSection } = await import("@untorn/markdown");
  const epic = done.epic === null ? "" : ` (${done.epic})`;
  const line = `- ${done.code}: ${escapeMarkdown(done.title)}${epic}\n`;
  if (text === undefined) return `# Changelog\n\n## ${done.day}\n\n${line}`;
  const days = listSections(text).filter(({ level }) => level === 2);
  if (days.some(({ heading }) => heading === done.day)) {
    const section = { heading: done.day, index: 0 };
    const options = { path: changelogFile, nested: false };
    const body = getSection(text, section, options);
    // Right below the line before it, so that they are one list.
    if (/^- .*$/.test(body.slice(body.lastIndexOf("\n") + 1))) {
      return replaceSection(text, section, `${body}\n${line}`, options);
    }
    return appendSection(text, section, line, options);
  }
  const newest = days.find(({ heading }) => /^\d{4}-\d\d-\d\d$/.test(heading));
  if (newest === undefined) {
    return appendSection(text, done.day, line, { path: changelogFile, add: true, level: 2 });
  }
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const section = `## ${done.day}\n\n${line}\n`.replaceAll("\n", newline);
  return text.slice(0, newest.start) + section + text.slice(newest.start);
}
