import { createHash } from "node:crypto";
import { contentOf, rootIno } from "../volume.ts";
import type { Inode, Volume } from "../volume.ts";

/** Contents longer than this are told apart by their digest. */
const literalBytes = 256;

const known = new WeakMap<Uint8Array, string>();

/** A text that is equal for equal contents. */
export function contentKey(bytes: Uint8Array): string {
  let key = known.get(bytes);
  if (key === undefined) {
    key =
      bytes.byteLength <= literalBytes
        ? JSON.stringify(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"))
        : createHash("sha256").update(bytes).digest("base64");
    known.set(bytes, key);
  }
  return key;
}

/** Everything that can be seen on a disk, but for the contents of files. */
export interface Names {
  readonly text: string;
  /** The regular files, in the order of `text`. */
  readonly files: readonly number[];
}

/** Lists what names lead to. Two disks with equal lists and equal contents of their files cannot be told apart. */
export function listNames(volume: Volume): Names {
  const parts: string[] = [];
  const files: number[] = [];
  const visit = (directory: Inode): void => {
    for (const entry of [...directory.entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inode = volume.get(entry.ino);
      parts.push(`${entry.name} ${inode.kind} ${inode.mode.toString(8)} ${inode.uid} ${inode.gid} ${inode.target}`);
      for (const [name, value] of inode.attributes) parts.push(`${name}=${contentKey(value)}`);
      if (inode.kind === "file") files.push(inode.ino);
      if (inode.kind !== "directory") continue;
      parts.push("(");
      visit(inode);
      parts.push(")");
    }
  };
  visit(volume.get(rootIno));
  return { text: parts.join("\n"), files };
}

/** A text that is equal for disks that cannot be told apart. */
export function imageKey(volume: Volume): string {
  const { text, files } = listNames(volume);
  return `${text}\n${files.map((ino) => contentKey(contentOf(volume.get(ino)).slice())).join(" ")}`;
}
