import { etagOf } from "../atomic/index.ts";

/** What a transaction wants a file to be. */
export type Wish =
  | {
      readonly kind: "put";
      readonly bytes: Uint8Array;
      readonly etag: string;
      readonly mode: number | undefined;
      /** The file whose owner, mode and attributes it takes, if not the one it replaces: it was renamed. */
      readonly like: string | undefined;
      /** How many contents to keep; `undefined`: as the transaction says. */
      readonly generations: number | undefined;
    }
  | { readonly kind: "remove" };

/** What a transaction has seen: the etag, or `null` where there was no file. */
export type Seen = string | null;

/** The transaction's own view: its writes over what is on disk. Nothing of it is visible outside before the commit. */
export class Overlay {
  readonly wishes = new Map<string, Wish>();
  readonly seen = new Map<string, Seen>();
  /** Of some of them the content, which is compared in less time than its digest is taken. */
  readonly contents = new Map<string, Uint8Array>();
  /** Directories that shall be there, and ones that shall be gone once they are empty. */
  readonly made = new Set<string>();
  readonly removed = new Set<string>();

  /** Returns the etag of the bytes. What is not given stays as it was wished before: a private file does not get open by an edit. */
  put(path: string, bytes: Uint8Array, mode?: number, like?: string, generations?: number): string {
    const etag = etagOf(bytes);
    const before = this.wishes.get(path);
    const old = before?.kind === "put" ? before : undefined;
    this.wishes.set(path, {
      kind: "put",
      bytes,
      etag,
      mode: mode ?? old?.mode,
      like: like ?? old?.like,
      generations: generations ?? old?.generations,
    });
    for (let cut = path.indexOf("/"); cut !== -1; cut = path.indexOf("/", cut + 1))
      this.removed.delete(path.slice(0, cut));
    return etag;
  }

  remove(path: string): void {
    this.wishes.set(path, { kind: "remove" });
  }

  makeDirectory(path: string): void {
    this.made.add(path);
    this.removed.delete(path);
  }

  removeDirectory(path: string): void {
    this.removed.add(path);
    this.made.delete(path);
  }
}
