import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { look } from "../atomic/support/scenarios.ts";

/** What users see in a folder: all files but the library's own, without the time of day and the place. A temp of no known name is one of them. */
export function stateIn(place: string): string {
  const files = Object.entries(steadily(() => look(place).tree)).filter(([path]) => !isOwn(path));
  const text = JSON.stringify(files.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return withoutTimes(text).replaceAll(basename(place), "PLACE");
}

/** The folders that users see. */
export function foldersIn(place: string): Set<string> {
  const entries = steadily(() => readdirSync(place, { recursive: true, withFileTypes: true }));
  const folders = entries.filter((entry) => entry.isDirectory());
  const paths = folders.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(place.length + 1));
  return new Set(paths.map(withoutTimes).filter((path) => !isOwn(path)));
}

/** The names of all that is in a folder, also of the library's own. */
export function namesIn(place: string): string {
  return withoutTimes(
    steadily(() => readdirSync(place, { recursive: true }) as string[])
      .toSorted()
      .join("\n"),
  );
}

/** What is in any file at all, also in quarantine and among the earlier contents. */
export function contentsIn(place: string): Set<string> {
  return new Set(
    Object.values(steadily(() => look(place).tree))
      .filter(Boolean)
      .map(withoutTimes),
  );
}

/** What is in the files that users see. */
export function seenContents(place: string): Set<string> {
  const files = Object.entries(steadily(() => look(place).tree)).filter(([path, text]) => text !== "" && !isOwn(path));
  return new Set(files.map(([, text]) => withoutTimes(text)));
}

/** The folder of a lock that was taken twice goes a moment after its release, maybe while we look. */
function steadily<T>(read: () => T): T {
  for (let tries = 1; ; tries += 1) {
    try {
      return read();
    } catch (error) {
      if (tries === 5 || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

function withoutTimes(text: string): string {
  return text.replaceAll(
    /\d{4}-\d\d-\d\d(?:(?:T[\d:.-]+Z)|(?: \d\d:\d\d(?::\d\d)?))?|\d{8}T\d+Z(?:-[0-9a-f]{8})?/g,
    "TIME",
  );
}

/** The work folder, and what a transaction or a lock puts beside a file. */
function isOwn(path: string): boolean {
  return path.split("/").some((part) => part === ".untorn" || /^\..*\.untorn\./.test(part));
}
