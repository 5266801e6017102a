import { invalidArgument } from "../platform/index.ts";
import { workFolder } from "../lock/index.ts";
import type { StoreChange } from "./store.ts";

/** The most that all common filesystems take for one name (bytes), and a length that leaves room for the folder's own path. */
const nameBytes = 255;
const keyBytes = 1024;

/** Names that mean devices on Windows, with any extension (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). */
const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:\.|$)/i;

/** A removed file that somebody still has open, until he closes it (Linux: nfs_sillyrename; libfuse: hide_node). */
const removedName = /^\.(?:nfs|fuse_hidden)[0-9a-f]{16,}$/;

/**
 * Why a text is no key; `undefined` if it is one. A key is a relative path with `/` that every common system can have as
 * a file: no empty part, `.` or `..`; no control character and none of `\ : * ? " < > |`; no Windows device name; no part
 * that ends in a dot or a space; at most 255 bytes a part and 1,024 in all; and none of untorn's own names (`.untorn/`,
 * `.NAME.untorn.*`) or of those that NFS and FUSE give to removed files (`.nfs…`, `.fuse_hidden…`).
 */
export function keyProblem(key: unknown): string | undefined {
  if (typeof key !== "string") return "a key must be text";
  if (key === "") return "the key is empty";
  if (/\p{Surrogate}/u.test(key)) return "the key is not valid Unicode (a lone surrogate)";
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(key)) return "the key has a control character in it";
  if (key.startsWith("/") || /^[a-z]:/i.test(key)) return "the key is an absolute path; keys are relative";
  const bad = /[\\:*?"<>|]/.exec(key);
  if (bad !== null) return `the key has ${JSON.stringify(bad[0])} in it, which not every system takes in a file name`;
  if (Buffer.byteLength(key) > keyBytes) return `the key is longer than ${keyBytes} bytes`;
  for (const part of key.split("/")) {
    const problem = partProblem(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function partProblem(part: string): string | undefined {
  if (part === "") return "the key has an empty part (two slashes, or one at its end)";
  if (part === "." || part === "..") return `the key has '${part}' in it`;
  if (/[. ]$/.test(part)) return `a part of the key ends in a dot or a space (${JSON.stringify(part)})`;
  if (deviceName.test(part)) return `${JSON.stringify(part)} is the name of a device on Windows`;
  if (Buffer.byteLength(part) > nameBytes) return `a part of the key is longer than ${nameBytes} bytes`;
  if (removedName.test(part))
    return `${JSON.stringify(part)} is what NFS or FUSE calls a removed file that is still open`;
  if (isOwnName(part)) return `${JSON.stringify(part)} is one of untorn's own names`;
  return undefined;
}

/** Temps, locks and the work folder: never documents. */
export function isOwnName(name: string): boolean {
  return name.toLowerCase() === workFolder || /^\..*\.untorn\./is.test(name);
}

/** Throws UNTORN_INVALID_ARGUMENT with the reason for what cannot be a key; see `keyProblem`. */
export function checkKey(key: unknown): string {
  const problem = keyProblem(key);
  if (problem === undefined) return key as string;
  throw invalidArgument(String(key), problem);
}

const changeNames = new Set(["key", "put", "remove", "ifMatch", "ifAbsent"]);

/** Throws for changes that no store takes: bad keys, one key twice, or a change that contradicts itself. */
export function checkChanges(changes: readonly StoreChange[]): void {
  if (!Array.isArray(changes)) throw invalidArgument("", "a commit takes a list of changes");
  const seen = new Set<string>();
  for (const change of changes as readonly StoreChange[]) {
    if (typeof change !== "object" || (change as unknown) === null)
      throw invalidArgument("", "one of the changes is none");
    const { key, put, remove, ifMatch, ifAbsent } = change;
    checkKey(key);
    // A misspelt condition would be none.
    const odd = Object.keys(change).find((name) => !changeNames.has(name));
    if (odd !== undefined) throw invalidArgument(key, `a change has no ${odd}; it has ${[...changeNames].join(", ")}`);
    for (const [name, flag] of Object.entries<unknown>({ remove, ifAbsent }))
      if (flag !== undefined && flag !== true) throw invalidArgument(key, `${name} is true, or left out`);
    if (ifMatch !== undefined && typeof ifMatch !== "string") throw invalidArgument(key, "ifMatch takes an etag");
    if (seen.has(key)) throw invalidArgument(key, "the key comes twice in one commit");
    seen.add(key);
    if (put !== undefined && remove === true) throw invalidArgument(key, "a change cannot both put and remove");
    if (ifMatch !== undefined && ifAbsent === true)
      throw invalidArgument(key, "ifMatch and ifAbsent exclude each other");
    const bare = put === undefined && remove !== true && ifMatch === undefined && ifAbsent !== true;
    if (bare) throw invalidArgument(key, "the change neither puts, nor removes, nor has a condition");
    if (put !== undefined && typeof put !== "string" && !(put instanceof Uint8Array))
      throw invalidArgument(key, "put must be text or a Uint8Array");
    if (typeof put === "string" && /\p{Surrogate}/u.test(put))
      throw invalidArgument(key, "the text is not valid Unicode (a lone surrogate)");
  }
}
