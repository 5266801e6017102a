import { inputRefused } from "../ground/index.ts";

const longest = 200;

/** A title as it was given, checked: one line of text. */
export function checkTitle(title: string): string {
  const trimmed = title.trim();
  if (trimmed === "") throw inputRefused("title", "a title cannot be empty");
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(trimmed)) {
    throw inputRefused("title", "a title is one line, without control characters");
  }
  if (/\p{Surrogate}/u.test(trimmed)) throw inputRefused("title", "a title is text that UTF-8 can hold");
  if (trimmed.length > longest) throw inputRefused("title", `a title has at most ${longest} characters`);
  return trimmed;
}

/** Whatever a person wrote as a title in an artifact, as one line. */
export function lineOf(title: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return title.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
}

/** A folder's name: the code, and as much of the title as every file system takes. */
export function folderName(code: string, title: string): string {
  const words = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  let name = code;
  for (const word of words) {
    if (name.length + word.length >= 60) break;
    name += `-${word}`;
  }
  return name;
}
