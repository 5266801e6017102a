import * as crypto from "node:crypto";

/** An etag is the SHA-256 of the content in hex: what `sha256sum FILE` prints. */
export function etagOf(bytes: Uint8Array): string {
  // The one-shot function is twice as fast on small content; Node 20.12 and 21.7 brought it.
  return crypto.hash("sha256", bytes, "hex");
}

export function incrementalEtag(): { update(bytes: Uint8Array): void; digest(): string } {
  const hash = crypto.createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}
