import { asBuffer, parseFrom } from "./lines.ts";
import type { Line, Origin } from "./lines.ts";
import type { DocumentOptions } from "../text.ts";

/** Reads a log piece by piece, wherever the pieces are cut; the lines are those of `parseLines`. */
export class LineReader {
  readonly #path: string;
  readonly #at: Origin = { line: 1, byte: 0, units: 0 };
  /** The beginning of a line whose end has not come yet. Joined once, when it comes: a line may be long. */
  #begun: Buffer[] = [];

  constructor(options: DocumentOptions = {}) {
    this.#path = options.path ?? "JSON lines";
  }

  /** Where the line begins whose end has not come yet, in bytes. */
  get restart(): number {
    return this.#at.byte;
  }

  /** The lines that end in this piece. All of them have to be taken before the next piece is given. */
  *push(piece: Uint8Array): Generator<Line, void, undefined> {
    const bytes = asBuffer(piece);
    const cut = bytes.lastIndexOf(10) + 1;
    if (cut > 0) {
      const whole = Buffer.concat([...this.#begun, bytes.subarray(0, cut)]);
      this.#begun = [];
      yield* parseFrom(whole, this.#path, this.#at);
    }
    if (cut < bytes.length) this.#begun.push(bytes.subarray(cut));
  }

  /** The last line, if it has no line end. It can be asked for again after `forget`. */
  last(): Line | undefined {
    const [line] = parseFrom(Buffer.concat(this.#begun), this.#path, { ...this.#at });
    return line;
  }

  /** Forgets the line that has no end yet: it will be given once more, from `restart` on. */
  forget(): void {
    this.#begun = [];
  }
}
