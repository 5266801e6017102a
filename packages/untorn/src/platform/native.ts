import { createRequire } from "node:module";

/**
 * The native extension (`fs-native-extensions`, an optional dependency): extended attributes and kernel-released
 * locks, which Node has no API for. It takes about 9 ms to load, so it is loaded when it is first needed.
 * `UNTORN_NATIVE=0` leaves it out, to see what happens where it cannot be installed.
 */
export interface NativeExtensions {
  tryLock(fd: number, offset: number, length: number, options: { shared: boolean }): boolean;
  unlock(fd: number, offset: number, length: number): void;
  listAttrsSync(fd: number): string[];
  getAttrSync(fd: number, name: string): Buffer | null;
  setAttrSync(fd: number, name: string, value: Buffer): void;
  removeAttrSync(fd: number, name: string): void;
}

let loaded: NativeExtensions | null | undefined;

export function nativeExtensions(): NativeExtensions | null {
  if (loaded !== undefined) return loaded;
  loaded = null;
  if (process.env["UNTORN_NATIVE"] !== "0") {
    try {
      loaded = createRequire(import.meta.url)("fs-native-extensions") as NativeExtensions;
    } catch {
      // Not installed, or no build for this platform: callers report what is missing.
    }
  }
  return loaded;
}
