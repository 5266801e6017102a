import { contentOf, rootIno } from "../volume.ts";
import type { Inode, Volume } from "../volume.ts";

/**
 * 53 bits of hash (cyrb53), gathered piece by piece. Two of a million states collide with a probability of 1 in 18,000;
 * then one of them is not checked, which a seeded search can afford.
 */
export class Digest {
  #left: number;
  #right: number;

  constructor(start?: Digest) {
    this.#left = start === undefined ? 0xdead_beef : start.#left;
    this.#right = start === undefined ? 0x41c6_ce57 : start.#right;
  }

  add(value: number): void {
    this.#left = Math.imul(this.#left ^ value, 2_654_435_761);
    this.#right = Math.imul(this.#right ^ value, 1_597_334_677);
  }

  addText(text: string): void {
    for (let index = 0; index < text.length; index += 1) this.add(text.charCodeAt(index));
    this.add(-text.length);
  }

  /** A whole number that a double holds exactly. */
  get value(): number {
    const left =
      Math.imul(this.#left ^ (this.#left >>> 16), 2_246_822_507) ^
      Math.imul(this.#right ^ (this.#right >>> 13), 3_266_489_909);
    const right =
      Math.imul(this.#right ^ (this.#right >>> 16), 2_246_822_507) ^ Math.imul(left ^ (left >>> 13), 3_266_489_909);
    return 4_294_967_296 * (2_097_151 & right) + (left >>> 0);
  }
}

const known = new WeakMap<Uint8Array, number>();

/** A number for a content that nobody changes any more. */
export function contentKey(bytes: Uint8Array): number {
  let key = known.get(bytes);
  if (key === undefined) {
    const digest = new Digest();
    for (const byte of bytes) digest.add(byte);
    digest.add(-bytes.byteLength);
    key = digest.value | 0;
    known.set(bytes, key);
  }
  return key;
}

/** Everything that can be seen on a disk, but for the contents of files. */
export interface Names {
  readonly digest: Digest;
  /** The regular files, in the order in which they were seen. */
  readonly files: readonly number[];
}

/** Lists what names lead to. Two disks with equal digests and equal contents of their files cannot be told apart. */
export function listNames(volume: Volume): Names {
  const digest = new Digest();
  const files: number[] = [];
  const visit = (directory: Inode): void => {
    for (const { name, ino } of [...directory.entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inode = volume.get(ino);
      digest.addText(name);
      digest.addText(inode.kind + inode.target);
      digest.add(inode.mode);
      digest.add(inode.uid);
      digest.add(inode.gid);
      for (const [attribute, value] of inode.attributes) {
        digest.addText(attribute);
        digest.add(contentKey(value));
      }
      if (inode.kind === "file") files.push(ino);
      if (inode.kind === "directory") visit(inode);
    }
    digest.add(-1);
  };
  visit(volume.get(rootIno));
  return { digest, files };
}

/** Equal for disks that cannot be told apart. */
export function imageDigest(volume: Volume): Digest {
  const { digest, files } = listNames(volume);
  for (const ino of files) digest.add(contentKey(contentOf(volume.get(ino)).slice()));
  return digest;
}
