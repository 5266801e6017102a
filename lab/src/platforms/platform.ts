/** How a test file is run. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the results are then, a line of JSON each. */
  readonly out: string;
}

/** A platform that is ready. */
export interface Ready {
  /** What was found: versions. */
  readonly title: string;
  /** `file` is relative to the project's root, `index` different for each file of a run. */
  readonly command: (file: string, index: number) => Command;
  /** Undoes what making it ready has done. */
  readonly end: () => void;
}

/** A runtime, an operating system or a filesystem that the tests are run on. */
export interface Platform {
  readonly name: string;
  /** Which test files, by path; a test of the list below `packages/untorn/dist/test`. */
  readonly takes: (file: string, quick: boolean) => boolean;
  /** Whether the quick run has it. */
  readonly quick: boolean;
  /** Files at the same time. */
  readonly jobs: number;
  /** Makes it ready in a folder of its own; a text says why it cannot run here. */
  readonly prepare: (folder: string) => Ready | string;
}
