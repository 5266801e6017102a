import { UntornError } from "./errors.ts";

/** Refuses an argument, before anything is touched. */
export function invalidArgument(path: string, problem: string, next = ""): UntornError {
  const facts = { code: "UNTORN_INVALID_ARGUMENT", phase: "arguments", outcome: "unchanged" } as const;
  return new UntornError({ ...facts, path, problem, next });
}

/**
 * Refuses what no file can be called by: no text (a URL, a Buffer), empty, with a NUL, or with half of a surrogate pair, for which
 * UTF-8 has no bytes: Node would make another name of it.
 */
export function checkPath(path: unknown): asserts path is string {
  if (path instanceof URL) throw invalidArgument(path.href, "the path is a URL; give fileURLToPath(url) of node:url");
  if (typeof path !== "string") throw invalidArgument(String(path), "the path must be text");
  if (path === "") throw invalidArgument(path, "the path is empty");
  if (path.includes("\0")) throw invalidArgument(path, "the path must be text without NUL");
  if (/\p{Surrogate}/u.test(path)) throw invalidArgument(path, "the path is not valid Unicode (a lone surrogate)");
}
