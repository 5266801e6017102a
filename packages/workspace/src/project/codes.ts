/** What a code begins with: epics and work items are counted apart. */
export type CodeKind = "EP" | "WI";

/** Larger numbers are taken for damage: 1 + such a number would soon not be exact. */
const digits = 9;

const patterns = {
  EP: new RegExp(`^EP-(\\d{3,${digits}})$`),
  WI: new RegExp(`^WI-(\\d{3,${digits}})$`),
} as const;

/** `WI-007`: at least three digits, and more where they are needed. */
export function formatCode(kind: CodeKind, number: number): string {
  return `${kind}-${String(number).padStart(3, "0")}`;
}

/** The number in a code, or `undefined` if it is none. `WI-0007` is none: one item has one code. */
export function codeNumber(kind: CodeKind, code: unknown): number | undefined {
  return isCode(kind, code) ? Number((code as string).slice(3)) : undefined;
}

/** Whether a text is a code; asked for every item of a registry whenever it is read or saved. */
export function isCode(kind: CodeKind, code: unknown): boolean {
  return typeof code === "string" && patterns[kind].test(code) && (code.length === 6 || code[3] !== "0");
}

/** The code at the beginning of a folder's name, behind a date if there is one. */
export function codeInFolderName(name: string): string | undefined {
  const code = new RegExp(`^(?:\\d{4}-\\d{2}-\\d{2}-)?(WI-\\d{3,${digits}})(?!\\d)`).exec(name)?.[1];
  return codeNumber("WI", code) === undefined ? undefined : code;
}

/** The greatest number of the codes of a kind that a text mentions; 0 for none. */
export function greatestIn(kind: CodeKind, text: string): number {
  let greatest = 0;
  for (const [, found] of text.matchAll(new RegExp(`\\b${kind}-(\\d{3,${digits}})(?!\\d)`, "g"))) {
    greatest = Math.max(greatest, Number(found));
  }
  return greatest;
}

/** By number, so that WI-1000 comes after WI-999. */
export function byCode(kind: CodeKind): (a: string, b: string) => number {
  return (a, b) => (codeNumber(kind, a) ?? 0) - (codeNumber(kind, b) ?? 0);
}
