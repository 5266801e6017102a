import { fold, inDirectory, split } from "../atomic/index.ts";
import { systemCodeOf, UntornError } from "../platform/index.ts";
import type { Status } from "../platform/index.ts";
import { call, namesIn } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "../transaction/index.ts";

/** What a key's place in the directory is. `alias`: there is a file, but its name is spelt otherwise; `beneath`: its folder is a file. */
export type PlaceKind = "file" | "absent" | "alias" | "beneath";

/**
 * Looks a key up. A key never leads through a symbolic link: one file would have two keys, and a link may lead out.
 * Where letter case does not count, the system finds a file by many spellings; only its own is the key.
 */
export function* lookUp(root: Root, key: string): Protocol<PlaceKind> {
  const path = inDirectory(root.real, key);
  let status: Status | undefined;
  try {
    status = yield* call("lstat", path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOTDIR") return "beneath";
    throw error;
  }
  let nearest = path;
  if (status === undefined) {
    do nearest = split(nearest).directory;
    while (nearest !== root.real && (yield* call("lstat", nearest)) === undefined);
  }
  const real = nearest === root.real ? root.real : yield* realOf(root, nearest, key);
  if (real !== nearest) {
    if (fold(real) === fold(nearest)) return "alias";
    throw linked(root, key, real);
  }
  if (status === undefined || status.kind === "directory") return "absent";
  if (status.kind !== "file") {
    throw new UntornError({ code: "UNTORN_NOT_A_FILE", path, phase: "resolve", outcome: "unchanged" });
  }
  return "file";
}

function* realOf(root: Root, path: string, key: string): Protocol<string> {
  if ((yield* call("stat", path)) === undefined) throw linked(root, key, "nowhere");
  return yield* call("realpath", path);
}

function linked(root: Root, key: string, real: string): UntornError {
  const path = inDirectory(root.path, key);
  const inside = real.startsWith(inDirectory(root.real, ""));
  return new UntornError({
    code: inside ? "UNTORN_SYMLINK" : "UNTORN_OUTSIDE",
    path,
    phase: "resolve",
    outcome: "unchanged",
    ...(inside
      ? { problem: `the key leads through a symbolic link to ${real}`, next: "Use that file's own key." }
      : {}),
  });
}

/**
 * Refuses a new key that differs from an existing file or folder only in letter case or Unicode form: on many systems the
 * two would be one file.
 */
export function* refuseCollision(root: Root, key: string): Protocol<void> {
  let directory = root.real;
  for (const part of key.split("/")) {
    const names = yield* namesIn(directory);
    const other = names.includes(part) ? undefined : names.find((name) => fold(name) === fold(part));
    if (other !== undefined) throw collision(root, key, part, `${JSON.stringify(other)} is there already, and`);
    directory = inDirectory(directory, part);
  }
}

/** As `refuseCollision`, among the keys of one commit. */
export function refuseCollisionsAmong(root: Root, keys: readonly string[]): void {
  const spelt = new Map<string, string>();
  for (const key of keys) {
    const parts = key.split("/");
    for (let count = 1; count <= parts.length; count += 1) {
      const path = parts.slice(0, count).join("/");
      const other = spelt.get(fold(path));
      if (other !== undefined && other !== path) throw collision(root, key, path, JSON.stringify(other));
      spelt.set(fold(path), path);
    }
  }
}

function collision(root: Root, key: string, part: string, other: string): UntornError {
  return new UntornError({
    code: "UNTORN_EXISTS",
    path: inDirectory(root.path, key),
    phase: "resolve",
    outcome: "unchanged",
    problem: `${other} differs from ${JSON.stringify(part)} only in letter case or Unicode form`,
    next: "Use the key as it is spelt there, or another name.",
  });
}

/** For a key under which nothing can be put, because a part of it is a document. */
export function* fileAbove(root: Root, key: string): Protocol<UntornError> {
  const parts = key.split("/");
  let count = 1;
  const look = (): Protocol<Status | undefined> =>
    call("lstat", inDirectory(root.real, parts.slice(0, count).join("/")));
  while (count < parts.length - 1 && (yield* look())?.kind === "directory") count += 1;
  const other = parts.slice(0, count).join("/");
  return new UntornError({
    code: "UNTORN_EXISTS",
    path: inDirectory(root.path, key),
    phase: "resolve",
    outcome: "unchanged",
    problem: `${JSON.stringify(other)} is a file, so that nothing can be below it`,
    next: "Use another key, or remove that file first, in a commit of its own.",
  });
}
