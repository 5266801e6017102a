import { invalidArgument, UntornError } from "../platform/index.ts";
import type { Status } from "../platform/index.ts";
import { absolute, inDirectory, resolveTarget, split } from "../atomic/index.ts";
import type { Target } from "../atomic/index.ts";
import { workFolder } from "../lock/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** A directory in which files change together. */
export interface Root {
  /** As it was given, made absolute. */
  readonly path: string;
  /** Without symbolic links: what everything must stay in. */
  readonly real: string;
  /** `real/.untorn` */
  readonly work: string;
  readonly status: Status;
}

export function* openRoot(path: string): Protocol<Root> {
  // What "." is made to is the folder itself.
  const given = absolute(path).replace(/(?<=.)(?:\/\.?)+$/, "");
  const status = yield* call("stat", given);
  if (status?.kind !== "directory") {
    const code = status === undefined ? "UNTORN_NOT_FOUND" : "UNTORN_NOT_A_FILE";
    throw new UntornError({
      code,
      path,
      phase: "resolve",
      outcome: "unchanged",
      problem: "a transaction needs a directory that exists",
      next: "Make the directory first.",
    });
  }
  const real = yield* call("realpath", given);
  return { path: given, real, work: inDirectory(real, workFolder), status };
}

/**
 * A path inside a root in its one spelling: relative, with `/`. Whatever could leave the root is refused, as is the
 * folder that untorn keeps its own files in.
 */
export function insidePath(root: { readonly path: string }, path: unknown): string {
  const refuse = (problem: string): never => {
    throw invalidArgument(String(path), `${problem}; paths in a transaction are relative to ${root.path}`);
  };
  if (typeof path !== "string" || path === "" || path.includes("\0")) return refuse("the path must be text");
  if (path.startsWith("/") || /^[a-z]:/i.test(path)) return refuse("the path is absolute");
  const parts = path
    .split(process.platform === "win32" ? /[\\/]+/ : /\/+/)
    .filter((part) => part !== "." && part !== "");
  if (parts.includes("..")) return refuse("the path has '..' in it");
  if (parts.length === 0) return refuse("the path names the root itself");
  if (parts[0]?.toLowerCase() === workFolder) return refuse(`${workFolder} holds untorn's own files`);
  return parts.join("/");
}

/** The inverse of `inDirectory(root.real, inside)`: journals and keys have `/` on every platform. */
export function insideOf(root: { readonly real: string }, path: string): string {
  const inside = path.slice(inDirectory(root.real, "").length);
  return process.platform === "win32" ? inside.replaceAll("\\", "/") : inside;
}

/** A file inside a root, looked up: symbolic links followed, and still inside. */
export interface Place extends Target {
  /** Relative to the root, links followed. */
  readonly inside: string;
  /** The file's directory; `undefined` where it is still to be made. */
  readonly directoryStatus: Status | undefined;
}

/** What was found out about directories in one look over many files. */
export type KnownDirectories = Map<string, { readonly status: Status | undefined; readonly real: string }>;

export function* placeIn(root: Root, inside: string, known: KnownDirectories = new Map()): Protocol<Place> {
  const target = yield* resolveTarget(inDirectory(root.real, inside), "follow");
  let found = known.get(target.directory);
  if (found === undefined) {
    const status = yield* call("stat", target.directory);
    const real = status === undefined ? target.directory : yield* call("realpath", target.directory);
    found = { status, real };
    known.set(target.directory, found);
  }
  const { status: directoryStatus, real: directory } = found;
  if (directoryStatus === undefined) yield* refuseMissingOutside(root, directory, inside);
  if (directory !== root.real && !directory.startsWith(inDirectory(root.real, ""))) throw outside(root, inside);
  const path = inDirectory(directory, target.base);
  return { ...target, path, directory, directoryStatus, inside: insideOf(root, path) };
}

/** A directory that is still to be made: the nearest one above it that exists decides where it will be. */
function* refuseMissingOutside(root: Root, directory: string, inside: string): Protocol<void> {
  let above = directory;
  while ((yield* call("stat", above)) === undefined) {
    const next = split(above).directory;
    if (next === above || next === "") throw outside(root, inside);
    above = next;
  }
  const real = yield* call("realpath", above);
  if (real !== root.real && !real.startsWith(inDirectory(root.real, ""))) throw outside(root, inside);
}

function outside(root: Root, inside: string): UntornError {
  return new UntornError({
    code: "UNTORN_OUTSIDE",
    path: inDirectory(root.path, inside),
    phase: "resolve",
    outcome: "unchanged",
  });
}
