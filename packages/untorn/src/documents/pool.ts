/** Things by what they look like; each is taken once. */
export class Pool<T> {
  readonly #items = new Map<string, T[]>();

  add(print: string | undefined, item: T): void {
    if (print === undefined) return;
    const items = this.#items.get(print);
    if (items === undefined) this.#items.set(print, [item]);
    else items.push(item);
  }

  /** One that looks like this and is equal. */
  take(print: string | undefined, equal: (item: T) => boolean): T | undefined {
    const items = print === undefined ? undefined : this.#items.get(print);
    // A few: objects that only differ deep inside look alike.
    const at = items?.slice(0, 8).findIndex(equal) ?? -1;
    return at === -1 ? undefined : items?.splice(at, 1)[0];
  }
}
