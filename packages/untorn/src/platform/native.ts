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
let missing = "";

/**
 * Bun and Deno load the extension and then end the process at its first call: it needs functions of libuv that they do
 * not have ("unsupported uv function: uv_buf_init", "undefined symbol: uv_get_osfhandle"), and neither can be caught.
 */
const withoutLibuv = ["bun", "deno"].find((name) => process.versions[name] !== undefined);

export function nativeExtensions(): NativeExtensions | null {
  if (loaded !== undefined) return loaded;
  loaded = null;
  if (process.env["UNTORN_NATIVE"] === "0") missing = "fs-native-extensions is left out (UNTORN_NATIVE=0)";
  else if (withoutLibuv !== undefined) missing = `fs-native-extensions does not run in ${withoutLibuv}`;
  else {
    try {
      // A bundle of CommonJS has no `import.meta`; what it needs lies beside the bundle.
      const here = (import.meta.url as string | undefined) ?? __filename;
      loaded = createRequire(here)("fs-native-extensions") as NativeExtensions;
    } catch (error) {
      const absent = (error as { code?: unknown }).code === "MODULE_NOT_FOUND";
      missing = `fs-native-extensions ${absent ? "is not installed" : "has no build for this platform"}`;
    }
  }
  return loaded;
}

/** Why `nativeExtensions()` is null: callers report it. */
export function whyNoNative(): string {
  return missing;
}
