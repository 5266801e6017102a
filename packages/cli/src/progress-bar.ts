/** How often the line is drawn, milliseconds. */
const everyMs = 100;
/** What is over sooner needs no line. */
const patienceMs = 400;

export interface Counts {
  readonly folders: number;
  readonly files: number;
  readonly findings: number;
  readonly actions: number;
}

/** One line on a terminal that says how far a long walk has come; nothing where standard error is no terminal. */
export class ProgressBar {
  readonly #started = Date.now();
  readonly #shown = process.stderr.isTTY;
  #drawn = 0;

  readonly update = ({ folders, files, findings, actions }: Counts): void => {
    const now = Date.now();
    if (!this.#shown || now - this.#started < patienceMs || now - this.#drawn < everyMs) return;
    this.#drawn = now;
    const seconds = Math.round((now - this.#started) / 1000);
    const parts = [`${files} files`, `${folders} folders`, `${findings} findings`];
    if (actions > 0) parts.push(`${actions} actions`);
    process.stderr.write(`\r\u001B[K${bar(now - this.#started)} ${parts.join(", ")}, ${seconds} s`);
  };

  end(): void {
    if (this.#drawn > 0) process.stderr.write("\r\u001B[K");
  }
}

const width = 12;

/** How much there is to do is only known at the end, so the bar shows that it goes on, not how far. */
function bar(elapsedMs: number): string {
  const at = Math.floor(elapsedMs / everyMs) % (width - 2);
  return `[${" ".repeat(at)}===${" ".repeat(width - 3 - at + 1)}]`.slice(0, width + 2);
}
