import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Tree } from "../atomic/support/scenarios.ts";

/** A command of the program that is to be killed, or to fail, at each of its file calls. */
export interface CommandVictim {
  /** Begins with the words that call it: the test that no command is forgotten goes by them. */
  readonly name: string;
  /** The files that are there before. */
  readonly files?: Tree;
  /** Commands that are run before, where files are not enough. */
  readonly first?: readonly Call[];
  readonly call: Call;
  /** Files that the command is to leave, with what is in them; `undefined`: it is to be gone. */
  readonly proof?: Readonly<Record<string, string | undefined>>;
  /** Files as they may be beside those of before: they say nothing of what the command does. */
  readonly between?: Tree;
  /** Whether a file is corrupt before that only this command can bring back: `recover` says so, and its exit status is 1. */
  readonly corrupt?: boolean;
  /** What recovers after a kill, if not `untorn recover --apply`. */
  readonly recovery?: Call;
  /** Whether several files change, so that a kill may leave a journal to be carried out. */
  readonly many?: boolean;
  /** Whether it leaves what users see as it was: it changes nothing but the library's own files. */
  readonly changesNothing?: boolean;
  /** What it says where it has done its work without the files that it could not read; its exit status is 0 all the same. */
  readonly leftOut?: RegExp;
  /** Whether its exit status 1 may say what it has found. */
  readonly finds?: boolean;
  /** Only every so many calls are tried, because it makes the same ones over and over. */
  readonly stride?: number;
  /** What has to succeed after the kill and the recovery, if it is not the command itself that is to be run once more. */
  readonly next?: Call;
}

export interface Call {
  readonly args: readonly string[];
  readonly input?: string;
  /** Whether it is killed while it runs, by itself. */
  readonly dies?: boolean;
}

/** Writes the files, each a second newer than the one before it. */
export function putFiles(folder: string, files: Tree = {}): void {
  let seconds = Date.UTC(2026, 0) / 1000;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    seconds += 1;
    utimesSync(join(folder, path), seconds, seconds);
  }
}

/** A command line of words without blanks, and its standard input. */
export function line(words: string, input?: string): Call {
  return { args: words.split(" "), ...(input !== undefined && { input }) };
}
