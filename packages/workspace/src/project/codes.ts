import { UntornError } from "untorn";

/** What a code begins with: epics and work items are counted apart. */
export type CodeKind = "EP" | "WI";

/** Larger numbers are taken for damage: 1 + such a number would soon not be exact. */
const digits = 9;
const largest = 10 ** digits - 1;
/** In what somebody wrote, a code of more digits may be an example or a slip; as a code of ours it stands where codes do. */
const digitsInProse = 6;

const patterns = {
  EP: new RegExp(`^EP-(\\d{3,${digits}})$`),
  WI: new RegExp(`^WI-(\\d{3,${digits}})$`),
} as const;

/**
 * `WI-007`: at least three digits, and more where they are needed.
 * @throws UntornError UNTORN_INVALID where there is no number left.
 */
export function formatCode(kind: CodeKind, number: number): string {
  if (number > largest) {
    throw new UntornError({
      code: "UNTORN_INVALID",
      path: "registry.json",
      phase: "read",
      outcome: "unchanged",
      problem: `there is no code after ${kind}-${largest}`,
      next: `\`untorn reconcile\` sets the counter by the codes that there are; whatever has ${kind}-${largest} needs another one before.`,
    });
  }
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

/** The number before a counter; 0 for a counter that has no code left, which says nothing of the codes that were given. */
export function givenBefore(counter: number): number {
  return counter > largest ? 0 : counter - 1;
}

/**
 * The greatest number of the codes of a kind that a text or a name mentions; 0 for none. One of many digits counts where a code stands: at
 * the beginning of a line, an item or a name (behind a date), as an `id`, and as a member's name.
 */
export function greatestIn(kind: CodeKind, text: string): number {
  const [few, many] = [`${kind}-(\\d{3,${digitsInProse}})`, `${kind}-(\\d{${digitsInProse + 1},${digits}})`];
  const prose = new RegExp(`\\b${few}(?!\\d)`, "g");
  const standing = new RegExp(`^(?:[-*+] +|id: *["']?|[\\dTZ-]*)${many}(?!\\d)|"${many}" *:`, "gm");
  let greatest = 0;
  for (const [, first, second] of [...text.matchAll(prose), ...text.matchAll(standing)]) {
    greatest = Math.max(greatest, Number(first ?? second));
  }
  return greatest;
}

/** By number, so that WI-1000 comes after WI-999. */
export function byCode(kind: CodeKind): (a: string, b: string) => number {
  return (a, b) => (codeNumber(kind, a) ?? 0) - (codeNumber(kind, b) ?? 0);
}
