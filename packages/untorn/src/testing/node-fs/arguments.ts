import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { OpenFlags } from "../open-files.ts";

/** The values of open(2)'s flags on Linux: a simulated file system looks the same everywhere. */
export const openConstants = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_DIRECTORY: 0o200000,
  O_NOFOLLOW: 0o400000,
} as const;

const flagTexts: Readonly<Record<string, OpenFlags>> = {
  r: { read: true },
  "r+": { read: true, write: true },
  w: { write: true, create: true, truncate: true },
  wx: { write: true, create: true, truncate: true, exclusive: true },
  "w+": { read: true, write: true, create: true, truncate: true },
  "wx+": { read: true, write: true, create: true, truncate: true, exclusive: true },
  a: { write: true, create: true, append: true },
  ax: { write: true, create: true, append: true, exclusive: true },
  "a+": { read: true, write: true, create: true, append: true },
  "ax+": { read: true, write: true, create: true, append: true, exclusive: true },
};
for (const [alias, text] of [
  ["rs", "r"],
  ["rs+", "r+"],
  ["as", "a"],
  ["as+", "a+"],
  ["xw", "wx"],
  ["xa", "ax"],
] as const) {
  (flagTexts as Record<string, OpenFlags>)[alias] = flagTexts[text] as OpenFlags;
}

/** `'wx'` or `O_WRONLY | O_CREAT | O_EXCL | O_TRUNC` as `node:fs` takes them. */
export function toFlags(flags: unknown): OpenFlags {
  if (typeof flags === "string") {
    const known = flagTexts[flags];
    if (known === undefined)
      throw invalid("ERR_INVALID_ARG_VALUE", `The argument 'flags' is invalid. Received '${flags}'`);
    return known;
  }
  const bits = typeof flags === "number" ? flags : 0;
  const access = bits & 3;
  return {
    read: access !== 1,
    write: access !== 0,
    create: (bits & openConstants.O_CREAT) !== 0,
    exclusive: (bits & openConstants.O_EXCL) !== 0,
    truncate: (bits & openConstants.O_TRUNC) !== 0,
    append: (bits & openConstants.O_APPEND) !== 0,
    directory: (bits & openConstants.O_DIRECTORY) !== 0,
    noFollow: (bits & openConstants.O_NOFOLLOW) !== 0,
  };
}

/** A path as `node:fs` takes it, as absolute text; `..` and trailing slashes are left for the file system to judge. */
export function toPath(path: unknown): string {
  const text =
    path instanceof URL ? fileURLToPath(path) : path instanceof Uint8Array ? Buffer.from(path).toString() : path;
  if (typeof text !== "string") {
    throw invalid("ERR_INVALID_ARG_TYPE", `The "path" argument must be of type string. Received ${typeof path}`);
  }
  if (text.includes("\0")) throw invalid("ERR_INVALID_ARG_VALUE", "The argument 'path' must be without null bytes.");
  return text === "" || text.startsWith("/") ? text : `${resolve(".")}/${text}`;
}

/** A mode as `node:fs` takes it: a number, or an octal text. */
export function toMode(mode: unknown, otherwise: number): number {
  if (typeof mode === "string") return Number.parseInt(mode, 8);
  return typeof mode === "number" ? mode : otherwise;
}

/** Data as `node:fs` takes it. */
export function toBytes(data: unknown, encoding: unknown = "utf8"): Uint8Array {
  if (typeof data === "string")
    return Buffer.from(data, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalid("ERR_INVALID_ARG_TYPE", 'The "data" argument must be of type string or an instance of Buffer.');
}

/** An options argument that may be an encoding, an object or nothing. */
export function toOptions(options: unknown): Record<string, unknown> {
  if (typeof options === "string") return { encoding: options };
  return typeof options === "object" && options !== null ? (options as Record<string, unknown>) : {};
}

/** Bytes as the caller wants them: text if an encoding was given. */
export function decode(bytes: Uint8Array, encoding: unknown): Buffer | string {
  const buffer = Buffer.from(bytes);
  return typeof encoding === "string" && encoding !== "buffer" ? buffer.toString(encoding as BufferEncoding) : buffer;
}

/** Seconds, a date or its text, in milliseconds. */
export function toMs(time: unknown): number {
  if (time instanceof Date) return time.getTime();
  return Number(time) * 1000;
}

function invalid(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new TypeError(message), { code });
}

/** The constants that code asks `node:fs` for. */
export const fsConstants: Readonly<Record<string, number>> = {
  F_OK: 0,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
  COPYFILE_EXCL: 1,
  COPYFILE_FICLONE: 2,
  COPYFILE_FICLONE_FORCE: 4,
  S_IFMT: 0o170000,
  S_IFREG: 0o100000,
  S_IFDIR: 0o40000,
  S_IFLNK: 0o120000,
  S_IRWXU: 0o700,
  S_IRUSR: 0o400,
  S_IWUSR: 0o200,
  S_IXUSR: 0o100,
  ...openConstants,
};
