import { decode, encodeExactly, refuseEmpty } from "../atomic/index.ts";
import { invalidArgument, UntornError } from "../platform/index.ts";
import type { Codec } from "./update-file.ts";

/** Text: valid UTF-8 without NULs, not empty. A byte order mark is part of the text. */
export const textCodec: Codec<string> = {
  open(bytes, path) {
    refuseEmpty(bytes, path);
    return { value: decode(bytes, path), edit: (value) => textBytes(value, path) };
  },
  empty: (path) => ({ value: "", edit: (value) => textBytes(value, path) }),
  create: textBytes,
};

/** Bytes as they are. */
export const bytesCodec: Codec<Uint8Array> = {
  open(bytes, path) {
    refuseEmpty(bytes, path);
    return { value: bytes, edit: (value) => requireBytes(value, path) };
  },
  empty: (path) => ({ value: new Uint8Array(0), edit: (value) => requireBytes(value, path) }),
  create: requireBytes,
};

/** Bytes as they are, none included: for logs, which may be empty, and which are repaired when they are damaged. */
export const anyBytesCodec: Codec<Uint8Array> = {
  open: (bytes, path) => ({ value: bytes, edit: (value) => requireBytes(value, path) }),
  create: requireBytes,
};

function textBytes(value: unknown, path: string): Uint8Array {
  if (typeof value !== "string") throw wrongKind(path, "text");
  return encodeExactly(value, "utf8", path);
}

function requireBytes(value: unknown, path: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongKind(path, "a Uint8Array");
  return value;
}

function wrongKind(path: string, wanted: string): UntornError {
  const problem = `the function must return ${wanted}`;
  return invalidArgument(path, problem);
}
