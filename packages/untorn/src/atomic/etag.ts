import * as crypto from "node:crypto";
import { UntornError } from "../platform/index.ts";

/** One call takes less than 2 GiB (an `int` in OpenSSL), and a piece of this size keeps the thread for about 10 ms. */
const pieceBytes = 16 * 1024 * 1024;

// Node 20.12 and 21.7 brought the one-shot function, which is twice as fast on small content; other runtimes lack it.
const oneShot = (crypto as { hash?: typeof crypto.hash }).hash;

/** An etag is the SHA-256 of the content in hex: what `sha256sum FILE` prints. */
export function etagOf(bytes: Uint8Array): string {
  return etagOfPieces([bytes]);
}

/** As `etagOf`, of content in any number of pieces. */
export function etagOfPieces(pieces: readonly Uint8Array[]): string {
  const [only] = pieces;
  if (oneShot !== undefined && only !== undefined && pieces.length === 1 && only.byteLength <= pieceBytes)
    return oneShot("sha256", only, "hex");
  const hash = incrementalEtag();
  for (const piece of pieces) for (const part of inPieces(piece)) hash.update(part);
  return hash.digest();
}

/** The etag of content that comes piece by piece. */
export function incrementalEtag(): { update(bytes: Uint8Array): void; digest(): string } {
  const hash = crypto.createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}

/** Views of the bytes, each short enough for one call of the system. */
function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

/** `ifMatch` does not hold: another content was found, or no file. Nothing was changed. */
export function otherContent(path: string, found: string | null | undefined): UntornError {
  const problem =
    typeof found === "string"
      ? `it has another content than expected (its etag is ${found})`
      : "it should have a known content, but there is no such file";
  return new UntornError({ code: "UNTORN_CONFLICT", path, phase: "commit", outcome: "unchanged", problem });
}
