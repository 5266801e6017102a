/** What a number's literal stands for, so that two literals can be compared: digits without zeros around, and exponent. */
export function canonical(literal: string): string {
  const [, whole = "", fraction = "", exponent = "0"] = numeral.exec(literal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  return `${literal.startsWith("-") ? "-" : ""}${kept}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`;
}

const numeral = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Whether a JSON value's text is a number, and the one that a BigInt is. */
export function sameNumber(text: string, value: bigint): boolean {
  return numeral.test(text) && canonical(text) === canonical(String(value));
}

/** A number that no double holds (a 64-bit id, 1e400), as it is written. Two are deeply equal if they mean the same number. */
export class Digits {
  /** The canonical form of its literal. */
  readonly canonical: string;
  readonly #text: string;

  constructor(text: string, decimal: string = text) {
    this.#text = text;
    this.canonical = canonical(decimal);
  }

  /** As it is, or is to be, in the text. */
  get text(): string {
    return this.#text;
  }

  /** The nearest double: what JavaScript reads. */
  toJSON(): number {
    return Number(this.#text);
  }

  /** The integer that it is; undefined for any other number. */
  toBigInt(): bigint | undefined {
    return /^(?:-?\d+|0x[\da-fA-F]+|0o[0-7]+)$/.test(this.#text) ? BigInt(this.#text) : undefined;
  }
}

/** A literal of YAML (core schema) or JSON that was read as `value`: as that double, or, if that is another number, as digits. */
export function exactly(literal: string, value: number): number | Digits {
  const decimal = /^0[xo]/.test(literal)
    ? String(BigInt(literal))
    : literal
        .replace(/^\+/, "")
        .replace(/^-?(?=\.)/, (sign) => `${sign}0`)
        .replace(/\.(?=$|[eE])/, "");
  if (!numeral.test(decimal)) return value;
  if (Number.isFinite(value) && canonical(decimal) === canonical(String(value))) return value;
  return new Digits(literal.replace(/^\+/, ""), decimal);
}
